/** Reads the builds of Tiltfiles and bake files, as far as they are written out. */
import { folderOf } from '../../input-digest/tree-index';
import { commandBuilds } from './build-command';
import { type BuildFile, buildIn, type FoundBuild, imageIn } from './build-file';
import { type Literal, LiteralReader, tokenize } from './literals';

type Values = Readonly<Record<string, Literal>>;

/** The calls of a Tiltfile that build an image, with the names of their arguments in order. */
const TILT_CALLS: Readonly<Record<string, readonly string[]>> = {
  docker_build: ['ref', 'context', 'build_args', 'dockerfile'],
  docker_build_with_restart: ['ref', 'context'],
  docker_build_sub: ['ref', 'context'],
  custom_build: ['ref', 'command', 'deps'],
  custom_build_with_restart: ['ref', 'command', 'deps'],
};

/** Returns the builds of a Tiltfile. Its code is not run: a call whose arguments are not written out is a remark. */
export function tiltBuilds(text: string, path: string): BuildFile {
  const read = tiltCalls(text, TILT_CALLS).map(({ name, line, call }) => {
    const shown = `${path}:${line}: ${name}(${typeof call.ref === 'string' ? `'${call.ref}'` : ''}...)`;
    const found = 'dockerfile_contents' in call ? undefined : tiltBuild(call, folderOf(path));
    if (found?.length === 0)
      return { builds: [], remarks: [`${shown} was not read: its arguments are not written out, or lead elsewhere`] };
    const isUnknown = 'build_args' in call && Object.values(call.build_args ?? [undefined]).includes(undefined);
    return { builds: found ?? [], remarks: isUnknown ? [`${shown} has build_args that are not written out`] : [] };
  });
  return { builds: read.flatMap(({ builds }) => builds), remarks: read.flatMap(({ remarks }) => remarks) };
}

/** Returns the compose files that a Tiltfile names, as it writes them. */
export function tiltComposeFiles(text: string): readonly string[] {
  return tiltCalls(text, { docker_compose: ['configPaths'] })
    .flatMap(({ call }) => call.configPaths)
    .filter((each) => typeof each === 'string');
}

/** Returns the calls of these functions, with all arguments by name. A definition of such a function is no call. */
function tiltCalls(text: string, functions: Readonly<Record<string, readonly string[]>>) {
  const reader = new LiteralReader(tokenize(text), false);
  const calls: { readonly name: string; readonly line: number; readonly call: Values }[] = [];
  for (let token = reader.peek(); token !== undefined; token = reader.peek()) {
    const isCall = token.kind === 'word' && Object.hasOwn(functions, token.text) && reader.peek(-1)?.text !== 'def';
    reader.skip();
    if (!isCall || !reader.sees('(')) continue;
    const { named, inOrder } = reader.arguments();
    const names = functions[token.text] ?? [];
    const given = names.slice(0, inOrder.length).map((name, at) => [name, inOrder[at]]);
    calls.push({ name: token.text, line: token.line, call: { ...Object.fromEntries(given), ...named } });
  }
  return calls;
}

function tiltBuild(call: Values, folder: string): readonly FoundBuild[] {
  const { ref: image, command, context, dockerfile, target, build_args: args } = call;
  if ('command' in call) {
    const text = Array.isArray(command) ? command.join(' ') : command;
    const builds = typeof text === 'string' ? commandBuilds(text, folder, {}) : [];
    return builds.map((build) => ({ ...build, image: imageIn(image) ?? build.image }));
  }
  const isUnknown = ['dockerfile', 'target'].some((name) => name in call && call[name] === undefined);
  return isUnknown ? [] : buildIn(folder, { context, dockerfile, fromFolder: true, target, args, image });
}

/** Returns the builds of a bake file in HCL. */
export function bakeBuilds(text: string, path: string): BuildFile {
  const blocks = hclBlocks(text);
  return { builds: targetBuilds(blocks, variablesOf(blocks.variable), folderOf(path)), remarks: [] };
}

function hclBlocks(text: string) {
  const reader = new LiteralReader(tokenize(text), true);
  const blocks = {
    target: new Map<string, Values>(),
    group: new Map<string, Values>(),
    variable: new Map<string, Values>(),
  };
  for (let token = reader.peek(); token !== undefined; token = reader.peek()) {
    const kind =
      token.kind === 'word' && Object.hasOwn(blocks, token.text) ? (token.text as keyof typeof blocks) : undefined;
    const name = reader.peek(1);
    reader.skip();
    if (kind === undefined || name?.kind !== 'text' || reader.peek(1)?.text !== '{') continue;
    reader.skip();
    blocks[kind].set(name.text, { ...blocks[kind].get(name.text), ...reader.map() });
  }
  return blocks;
}

/** Returns the builds of a bake file in JSON. */
export function bakeJsonBuilds(file: unknown, path: string): BuildFile {
  const { target, group, variable } = Object(file) as Readonly<Record<string, unknown>>;
  const blocks = { target: mapOf(target), group: mapOf(group) };
  return { builds: targetBuilds(blocks, variablesOf(mapOf(variable)), folderOf(path)), remarks: [] };
}

function variablesOf(variables: ReadonlyMap<string, Values>): Values {
  return Object.fromEntries([...variables].map(([name, { default: value }]) => [name, value]));
}

function mapOf(value: unknown): ReadonlyMap<string, Values> {
  return new Map(
    Object.entries(Object(value) as Readonly<Record<string, unknown>>).map(([name, each]) => [name, Object(each)]),
  );
}

interface BakeBlocks {
  readonly target: ReadonlyMap<string, Values>;
  readonly group: ReadonlyMap<string, Values>;
}

/** A target that others inherit from, and that no group has, only holds what they share. */
function targetBuilds({ target, group }: BakeBlocks, variables: Values, folder: string): readonly FoundBuild[] {
  const inherited = new Set([...target.values()].flatMap(({ inherits }) => texts(inherits)));
  const grouped = new Set([...group.values()].flatMap(({ targets }) => texts(targets)));
  const named = contextNames([...target.keys()].map((name) => whole(name, target)));
  return [...target.keys()].flatMap((name) => {
    if (name.startsWith('_') || (inherited.has(name) && !grouped.has(name))) return [];
    const all = whole(name, target);
    return rowsOf(all.matrix).flatMap((row) => {
      const values: Values = { ...variables, ...row };
      const value = (key: string) => expanded(all[key], values);
      const shown = expanded(all.name, values);
      const own = typeof shown === 'string' ? shown : name;
      const isInline = all['dockerfile-inline'] !== undefined;
      const found = buildIn(folder, {
        context: value('context') ?? '.',
        dockerfile: isInline ? undefined : value('dockerfile'),
        target: value('target'),
        args: value('args'),
        name: own,
        image: texts(value('tags'))[0] ?? named.get(own),
      });
      return isInline ? found.map((each) => ({ ...each, inline: 'contexts' in all ? 'contexts' : 'context' })) : found;
    });
  });
}

/** Returns the names by which Dockerfiles know other builds of the file: `contexts = { base = "target:base-image" }`. */
export function contextNames(builds: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, string> {
  const pairs = builds.flatMap(({ contexts, additional_contexts: more = contexts }) =>
    Array.isArray(more) ? more.map(String) : Object.entries(Object(more ?? {})).map((pair) => pair.join('=')),
  );
  const found = pairs.flatMap((pair) => {
    const [, name, other] = /^([^=]+)=(?:target|service):(.+)$/.exec(pair) ?? [];
    return name === undefined || other === undefined ? [] : [[other, name] as const];
  });
  return new Map(found);
}

/** Returns a target with what it inherits; its own keys count, and arguments are joined. */
function whole(name: string, targets: ReadonlyMap<string, Values>, below: readonly string[] = []): Values {
  const own = targets.get(name) ?? {};
  if (below.includes(name)) return {};
  const parents = texts(own.inherits).map((parent) => whole(parent, targets, [...below, name]));
  const args = Object.assign({}, ...parents.map((parent) => parent.args), own.args);
  return { ...Object.assign({}, ...parents), ...own, args };
}

/** Returns every combination of a matrix; one without values if there is none. */
export function rowsOf(matrix: unknown): readonly Values[] {
  const axes = Object.entries(Object(matrix ?? {}) as Values).filter(([, values]) => Array.isArray(values));
  return axes.reduce<readonly Values[]>(
    (rows, [axis, values]) =>
      rows
        .flatMap((row) => (values as readonly Literal[]).map((value) => ({ ...row, [axis]: value })))
        .slice(0, MAX_ROWS),
    [{}],
  );
}

/** The most combinations of a matrix that are looked at. */
const MAX_ROWS = 500;

/** Returns the value with `${NAME}` and `${item.key}` replaced, as far as they are known. */
function expanded(value: Literal, values: Values): Literal {
  if (typeof value === 'string') {
    return value.replace(/\$\{([\w.-]+)\}/g, (all, name: string) => {
      const [first = '', key] = name.split('.', 2);
      const found = key === undefined ? values[first] : (Object(values[first]) as Values)[key];
      return typeof found === 'string' ? found : all;
    });
  }
  if (Array.isArray(value)) return value.map((each) => expanded(each, values));
  if (typeof value !== 'object') return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, expanded(each, values)]));
}

function texts(value: Literal): readonly string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}
