/** Reads a values file, and refuses texts that must not be edited. */
import { Composer, type CST, type Document, isMap, LineCounter, Parser, type YAMLError } from 'yaml';
import { yamlErrorKind } from '../text/shape-error';
import { refuseValues } from './values-edit';

/** A values file, parsed with the offset of every token. */
export interface ValuesText extends Omit<YamlDocuments, 'faults'> {
  readonly file: string;
  readonly text: string;
}

/** Parses a values file. Throws `ValuesFile` with line and reason if no tag can be written to it. */
export function readValues(text: string, file: string): ValuesText {
  const unsupported = findUnsupportedText(text);
  if (unsupported !== undefined) throw refuseValues(file, [{ path: file, ...unsupported }]);
  const { documents, faults, lineAt } = parseYaml(text);
  const problems = faults.map((fault) => ({ path: file, ...fault }));
  if (problems.length > 0) throw refuseValues(file, problems);
  if (!documents.some(({ contents }) => isMap(contents))) {
    const message = 'has no keys; it must be the values file of a chart';
    throw refuseValues(file, [{ path: file, line: 1, message }]);
  }
  const encrypted = documents.map(sopsOffset).find((offset) => offset !== undefined);
  if (encrypted !== undefined) {
    const message = 'is encrypted with SOPS, which signs every value; move the image tags to a file of their own';
    throw refuseValues(file, [{ path: 'sops', line: lineAt(encrypted), message }]);
  }
  return { file, text, documents, lineAt };
}

/** SOPS adds a map `sops` with a signature over all values: https://github.com/getsops/sops#encryption-protocol */
function sopsOffset({ contents }: Document.Parsed): number | undefined {
  if (!isMap(contents)) return undefined;
  const sops = contents.get('sops');
  return isMap(sops) && sops.has('mac') ? sops.range?.[0] : undefined;
}

/** The reason why a text cannot be a values file, with the line that shows it. */
interface UnsupportedText {
  readonly message: string;
  readonly line?: number;
}

/** Ten times a chart of 1,000 services. A longer text is a mistake or an attack. */
const MAX_CHARACTERS = 5_000_000;

const LONGEST_LINK = 1000;

const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/m;

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;

/** The text that git stores of a symbolic link: its target. */
const LINK_TARGET = /^[^\s:#]+\.ya?ml$/;

/** Recognizes texts that are not YAML at all by their own marks, so that the error names the real cause. */
function findUnsupportedText(text: string): UnsupportedText | undefined {
  if (text.length > MAX_CHARACTERS) {
    return { message: `has ${text.length} characters; at most ${MAX_CHARACTERS} are read` };
  }
  if (LFS_POINTER.test(text)) {
    return { line: 1, message: 'is a pointer to git LFS, not the file itself; remove it from LFS (git lfs untrack)' };
  }
  if (text.length < LONGEST_LINK && LINK_TARGET.test(text.trim())) {
    const message = `has only the text '${text.trim()}', so it is a symbolic link; name the file that it points to`;
    return { line: 1, message };
  }
  const foreign = /[\uFFFD\0]/.exec(text);
  if (foreign !== null) {
    const message = 'is not UTF-8 text, so writing it back would change other bytes; save it as UTF-8';
    return { line: lineOf(text, foreign.index), message };
  }
  if (text.includes('\r') && !text.includes('\n')) {
    return { line: 1, message: 'ends its lines with CR alone, so that YAML readers see a single line; use LF' };
  }
  const marker = CONFLICT_MARKER.exec(text);
  if (marker === null) return undefined;
  return { line: lineOf(text, marker.index), message: 'has a git conflict marker; resolve the merge first' };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A stream of documents, and the faults that keep it from being one. */
interface YamlDocuments {
  readonly documents: readonly Document.Parsed[];
  readonly faults: readonly { readonly line: number; readonly message: string }[];
  /** Returns the line, from 1, of an offset in the text. */
  readonly lineAt: (offset: number) => number;
}

/** Later faults of a file mostly follow from the first ones. */
const MAX_FAULTS = 3;

/** Charts nest to about 10. The yaml package is recursive, and a regular expression first used deep in the stack ends the process. */
const MAX_DEPTH = 200;

/** The options for values files. Helm supports merge keys, and of equal keys it takes the last one. */
export const YAML_OPTIONS = {
  prettyErrors: false,
  merge: true,
  schema: 'core',
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

/** Parses a text as YAML. Equal keys in a map are no fault. Refuses nesting that would exhaust the stack. */
export function parseYaml(text: string): YamlDocuments {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = findTooDeep(tokens);
  if (deep !== undefined) {
    const message = `nests values more than ${MAX_DEPTH} deep`;
    return { documents: [], faults: [{ line: lineAt(deep), message }], lineAt };
  }
  const composer = new Composer({ ...YAML_OPTIONS, keepSourceTokens: true });
  // `Parsed` adds only that a range is known, which is so for all documents of a parser's tokens.
  const documents = [...composer.compose(tokens)] as Document.Parsed[];
  const errors = documents.flatMap((document) => document.errors.filter(isFatal)).slice(0, MAX_FAULTS);
  const faults = errors.map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    message: `is not valid YAML: ${yamlErrorKind(message)}`,
  }));
  return { documents, faults, lineAt };
}

/** Returns false for an error that leaves the document whole: Helm accepts such texts, and the values are read right. */
export function isFatal({ code, message }: YAMLError): boolean {
  return code !== 'TAG_RESOLVE_FAILED' && !message.startsWith('Comments must be separated');
}

/** Returns the offset of the first token that is too deep. Goes level by level, not by recursion. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
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
