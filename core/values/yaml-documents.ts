/** Parses YAML into documents whose nodes keep their place in the text. Refuses nesting that would exhaust the stack. */
import { Composer, type CST, type Document, LineCounter, Parser } from 'yaml';

/** A stream of documents, or what is wrong with it. */
export interface YamlDocuments {
  readonly documents: readonly Document.Parsed[];
  readonly faults: readonly { readonly line: number; readonly message: string }[];
  /** Line, from 1, of an offset in the text. */
  readonly lineAt: (offset: number) => number;
}

/** What follows the first faults of a file mostly follows from them. */
const MAX_FAULTS = 3;
/** Charts nest to about 10. The package works by recursion, and a regular expression first used deep down ends the process. */
const MAX_DEPTH = 200;

/** How values files are read: Helm honours merge keys; keys that stand twice are looked for elsewhere, in less time. */
export const YAML_OPTIONS = {
  prettyErrors: false,
  merge: true,
  schema: 'core',
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

/** Parses the text. Keys that stand twice are no fault yet. */
export function parseYaml(text: string): YamlDocuments {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = tooDeep(tokens);
  if (deep !== undefined) {
    const message = `nests values more than ${MAX_DEPTH} deep`;
    return { documents: [], faults: [{ line: lineAt(deep), message }], lineAt };
  }
  const composer = new Composer({ ...YAML_OPTIONS, keepSourceTokens: true });
  // Every document that comes of a parser's tokens has a range, which is all that `Parsed` adds.
  const documents = [...composer.compose(tokens)] as Document.Parsed[];
  const errors = documents.flatMap((document) => document.errors).slice(0, MAX_FAULTS);
  const faults = errors.map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    message: `is not right as YAML: ${(message.split('\n')[0] ?? '').slice(0, 200)}`,
  }));
  return { documents, faults, lineAt };
}

/** Offset of the first token that lies too deep, found level by level. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return level[0]?.offset;
    const next: CST.Token[] = [];
    for (const token of level) addCollections(token, next);
    level = next;
  }
  return undefined;
}

function addCollections(token: CST.Token, found: CST.Token[]): void {
  if (token.type === 'document' && token.value !== undefined) found.push(token.value);
  if (!('items' in token)) return;
  for (const { key, value } of token.items) {
    if (key && 'items' in key) found.push(key);
    if (value && 'items' in value) found.push(value);
  }
}
