/** Reads a values file and refuses those that must not be edited. */
import { Composer, type CST, type Document, isMap, LineCounter, Parser } from 'yaml';
import { refuseValues } from './values-edit';

/** A values file's text, read; every token keeps its place. */
export interface ValuesText {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  /** Line, from 1, of an offset in the text. */
  readonly lineAt: (offset: number) => number;
}

/** Reads the text. Throws `ValuesFile` with line and reason if it is no values file that a tag can be written to. */
export function readValues(text: string, file: string): ValuesText {
  const unfit = unfitness(text);
  if (unfit !== undefined) throw refuseValues(file, [{ path: file, ...unfit }]);
  const { documents, faults, lineAt } = parseYaml(text);
  if (faults.length > 0)
    throw refuseValues(
      file,
      faults.map((fault) => ({ path: file, ...fault })),
    );
  if (!documents.some(({ contents }) => isMap(contents))) {
    const message = 'holds no keys; it must be the values file of a chart';
    throw refuseValues(file, [{ path: file, line: 1, message }]);
  }
  const encrypted = documents.map(sopsOffset).find((offset) => offset !== undefined);
  if (encrypted !== undefined) {
    const message = 'is encrypted with SOPS, which signs every value; move the image tags to a file of their own';
    throw refuseValues(file, [{ path: 'sops', line: lineAt(encrypted), message }]);
  }
  return { file, text, documents, lineAt };
}

/** SOPS adds a top-level map `sops` with a signature over all values: https://github.com/getsops/sops#encryption-protocol */
function sopsOffset({ contents }: Document.Parsed): number | undefined {
  if (!isMap(contents)) return undefined;
  const sops = contents.get('sops', true);
  return isMap(sops) && sops.has('mac') ? sops.range?.[0] : undefined;
}

// Texts that are no YAML to begin with, told apart by their own signs so that the reason can be named.

/** Why a text cannot be a values file, with the line where it shows. */
interface Unfitness {
  readonly message: string;
  readonly line?: number;
}

/** A chart of 1,000 services is a tenth of this. Beyond it lies a mistake or an attack. */
const MAX_CHARACTERS = 5_000_000;

const LONGEST_LINK = 1000;

const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/m;

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;

/** What git stores of a symbolic link: its target, and nothing else. */
const LINK_TARGET = /^[^\s:#]+\.ya?ml$/;

/** The reason not to read the text as YAML, or undefined if there is none. */
function unfitness(text: string): Unfitness | undefined {
  if (text.length > MAX_CHARACTERS) {
    return { message: `has ${text.length} characters; at most ${MAX_CHARACTERS} are read` };
  }
  if (LFS_POINTER.test(text)) {
    return { line: 1, message: 'is a pointer to git LFS, not the file itself; take it out of LFS (git lfs untrack)' };
  }
  if (text.length < LONGEST_LINK && LINK_TARGET.test(text.trim())) {
    const message = `holds only '${text.trim()}': it is a symbolic link, so name the file that it points to`;
    return { line: 1, message };
  }
  const foreign = /[\uFFFD\0]/.exec(text);
  if (foreign !== null) {
    const message = 'is not UTF-8 text, so writing it back would change other bytes; save it as UTF-8';
    return { line: lineOf(text, foreign.index), message };
  }
  if (text.includes('\r') && !text.includes('\n')) {
    return { line: 1, message: 'ends its lines with CR alone, which YAML readers take for one line; use LF' };
  }
  const marker = CONFLICT_MARKER.exec(text);
  if (marker === null) return undefined;
  return { line: lineOf(text, marker.index), message: 'has a git conflict marker; resolve the merge first' };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

// Parses YAML into documents whose nodes keep their place in the text. Refuses nesting that would exhaust the stack.

/** A stream of documents, or what is wrong with it. */
interface YamlDocuments {
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
