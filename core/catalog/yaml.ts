/** Reads the catalog's text as YAML: its value, its problems as YAML, and the line of every part. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

import { MAX_LEVELS } from '../text/json';
import { excerpt, yamlErrorKind } from '../text/shape-error';
import type { CatalogIssue, Path } from './issue';

/** 10,000 services written in full are half of this. A longer text is a mistake or an attack. */
const MAX_CATALOG_CHARACTERS = 5_000_000;
/** Real catalogs use a few anchors. Each costs a pass over the file, and nested ones multiply. */
const MAX_ALIASES = 1000;
const MAX_SYNTAX_ERRORS = 3;

/** A catalog's text, read. `value` is undefined if the issues leave nothing to check. */
export interface CatalogYaml {
  readonly value: unknown;
  readonly issues: readonly CatalogIssue[];
  /** Returns the line, from 1, of the part at `path`, or of the innermost existing part around it. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** Reads the text. Never throws: every problem is an issue. */
export function readCatalogYaml(text: string): CatalogYaml {
  if (text.length > MAX_CATALOG_CHARACTERS) {
    return refusal(`has ${text.length} characters; at most ${MAX_CATALOG_CHARACTERS} are read`);
  }
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, schema: 'core' } as const;
  const document = parseDocument(text, options);
  const errors = syntaxErrors(document, lines);
  if (errors.length > 0) return { value: undefined, issues: errors, lineOf: () => undefined };
  const walk: Walk = { issues: [], lines, aliases: 0, isTooDeep: false };
  checkKeys(document.contents, [], walk);
  if (walk.isTooDeep) return refusal(`nests deeper than ${MAX_LEVELS} levels`);
  if (walk.aliases > MAX_ALIASES) return refusal(`uses ${walk.aliases} aliases; at most ${MAX_ALIASES} are resolved`);
  const lineOf = (path: Path) => lineAt(document, lines, path);
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), issues: walk.issues, lineOf };
  } catch (error) {
    // The package throws a ReferenceError for an unknown alias and for aliases that multiply too much.
    if (!(error instanceof ReferenceError)) throw error;
    return refusal('has an alias that cannot be resolved: its anchor is not above it, or aliases multiply too much');
  }
}

function refusal(message: string): CatalogYaml {
  return { value: undefined, issues: [{ path: [], message }], lineOf: () => undefined };
}

/** Returns the first errors, one a line: later ones mostly follow from them. */
function syntaxErrors(document: Document, lines: LineCounter): readonly CatalogIssue[] {
  const errors = new Map<number, CatalogIssue>();
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(pos[0]);
    // The package reports that it ran out of stack, and then errors in the part that it could not read.
    if (code === 'RESOURCE_EXHAUSTION') return [{ path: [], line, message: 'is nested too deeply' }];
    if (!errors.has(line)) errors.set(line, { path: [], line, message: `is not YAML: ${yamlErrorKind(message)}` });
  }
  return [...errors.values()].slice(0, MAX_SYNTAX_ERRORS);
}

interface Walk {
  readonly issues: CatalogIssue[];
  readonly lines: LineCounter;
  aliases: number;
  isTooDeep: boolean;
}

/** Finds duplicate keys, and removes keys that are not text or that JavaScript objects cannot hold safely. */
function checkKeys(node: unknown, path: Path, walk: Walk): void {
  if (path.length > MAX_LEVELS) walk.isTooDeep = true;
  if (walk.isTooDeep) return;
  if (isAlias(node)) walk.aliases += 1;
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) checkKeys(item, [...path, index], walk);
  }
  if (!isMap(node)) return;
  const seen = new Map<string, number | undefined>();
  node.items = node.items.filter(({ key, value }) => {
    const line = lineOfNode(key, walk.lines);
    const name = isScalar(key) ? key.value : undefined;
    if (typeof name !== 'string' || name === '__proto__') {
      const found = isScalar(key) ? `the key ${excerpt(String(name))}` : 'a key that is not text';
      walk.issues.push({ path, line, message: `has ${found}; write names as text, in quotes if needed` });
      return false;
    }
    const inner = [...path, name];
    if (seen.has(name)) {
      walk.issues.push({ path: inner, line, message: `is a duplicate of line ${seen.get(name)}; keep one` });
    }
    seen.set(name, line);
    checkKeys(value, inner, walk);
    return true;
  });
}

function lineAt(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let line = lineOfNode(node, lines);
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      line = lineOfNode(pair?.key, lines) ?? line;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = typeof part === 'number' ? node.items[part] : undefined;
      line = lineOfNode(node, lines) ?? line;
    } else {
      return line;
    }
  }
  return line;
}

function lineOfNode(node: unknown, lines: LineCounter): number | undefined {
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
}
