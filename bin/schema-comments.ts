/** Reads what the comments in a schema's source say about its keys. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from '@babel/parser';
import type { Node, Program } from '@babel/types';

const ROOT = resolve(__dirname, '..');

/** What a comment says about a key. */
export interface KeyText {
  readonly description?: string;
  readonly example?: unknown;
}

/**
 * Returns the comments by path of the key (`environments.approval.hours`), followed from a constant through its source and those that it
 * imports.
 */
export function readComments(source: string, start: string): ReadonlyMap<string, KeyText> {
  const texts = new Map<string, KeyText>();
  const constant = findConstant(source, start);
  if (constant !== undefined) walk(constant, '', texts);
  return texts;
}

interface Place {
  readonly node: Node | null | undefined;
  readonly file: string;
}

/** Returns the comment of the constant that a value is made of, such as `Notices` for `Notices.prefault({})`. */
function constantText(value: Node, file: string): KeyText | undefined {
  if (value.type === 'CallExpression')
    return value.callee.type === 'MemberExpression' ? constantText(value.callee.object, file) : undefined;
  return value.type === 'Identifier' ? keyText(findConstant(file, value.name)?.comment) : undefined;
}

/** A constant in its file, with the comment above it. */
interface Constant extends Place {
  readonly comment: string | undefined;
}

/** Returns what a name of a file stands for, in this file or in one that it imports. */
function findConstant(file: string, name: string): Constant | undefined {
  for (const statement of readProgram(file).body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || id.name !== name || !init) continue;
      return { node: init, file, comment: statement.leadingComments?.at(-1)?.value };
    }
  }
  const source = findImport(file, name);
  return source === undefined ? undefined : findConstant(source, name);
}

/** Returns the file of the project that a name is imported from; undefined for a package. */
function findImport(file: string, name: string): string | undefined {
  for (const statement of readProgram(file).body) {
    if (statement.type !== 'ImportDeclaration' || !statement.source.value.startsWith('.')) continue;
    if (statement.specifiers.some(({ local }) => local.name === name)) {
      return `${join(dirname(file), statement.source.value)}.ts`;
    }
  }
  return undefined;
}

const programs = new Map<string, Program>();

function readProgram(file: string): Program {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const program = programs.get(file) ?? parse(text, { sourceType: 'module', plugins: ['typescript'] }).program;
  programs.set(file, program);
  return program;
}

function walk({ node, file }: Place, path: string, texts: Map<string, KeyText>): void {
  const go = (next: Node | null | undefined, at = path) => walk({ node: next, file }, at, texts);
  switch (node?.type) {
    case 'Identifier': {
      const constant = findConstant(file, node.name);
      if (constant !== undefined) walk(constant, path, texts);
      return;
    }
    case 'CallExpression':
      if (node.callee.type === 'MemberExpression') go(node.callee.object);
      for (const argument of node.arguments) go(argument);
      return;
    case 'ArrayExpression':
      for (const element of node.elements) go(element);
      return;
    case 'ObjectExpression':
      for (const property of node.properties) {
        if (property.type === 'SpreadElement') go(property.argument);
        if (property.type !== 'ObjectProperty') continue;
        const { key: name } = property;
        const key = name.type === 'StringLiteral' ? name.value : name.type === 'Identifier' ? name.name : '';
        const at = path === '' ? key : `${path}.${key}`;
        const text = keyText(property.leadingComments?.at(-1)?.value) ?? constantText(property.value, file);
        if (text !== undefined) texts.set(at, { ...text, ...texts.get(at) });
        go(property.value, at);
      }
  }
}

/** Parses `* Name of the stack. @example "shop" `. An example is JSON. */
function keyText(comment: string | undefined): KeyText | undefined {
  if (comment?.startsWith('*') !== true) return undefined;
  const text = comment
    .slice(1)
    .replace(/\s*\n\s*\*\s?/g, ' ')
    .trim();
  const [description = '', example] = text.split(/\s*@example\s+/);
  return {
    ...(description === '' ? {} : { description }),
    ...(example === undefined ? {} : { example: JSON.parse(example) }),
  };
}
