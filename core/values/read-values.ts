/** Reads a values file and refuses those that must not be edited. What it returns keeps the exact place of every token. */
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml';
import { ERROR_NAMES } from '../contract';
import { InvalidInputError, type Problem } from '../errors';

/** A values file's text, read. */
export interface ValuesText {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  /** Line, from 1, of an offset in the text. */
  readonly lineAt: (offset: number) => number;
}

/** A chart of 1,000 services is a tenth of this. Beyond it lies a mistake or an attack. */
const MAX_CHARACTERS = 5_000_000;
const MAX_PROBLEMS = 100;
const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/;
/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;

/** Reads the text. Throws `ValuesFile` with line and reason if it is no values file that a tag can be written to. */
export function readValues(text: string, file: string): ValuesText {
  const unfit = unfitness(text);
  if (unfit !== undefined) throw refuseValues(file, [{ path: file, ...unfit }]);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    keepSourceTokens: true,
    merge: true,
    schema: 'core',
    logLevel: 'silent',
  });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const parsed: readonly Document.Parsed[] = 'empty' in documents ? [] : documents;
  const faults = parsed.flatMap((document) => document.errors);
  if (faults.length > 0) {
    const problems = faults.map(({ pos, message }) => ({
      path: file,
      line: lineAt(pos[0]),
      message: reasonOf(message),
    }));
    throw refuseValues(file, problems);
  }
  if (!parsed.some((document) => isMap(document.contents))) {
    const message = isLinkTarget(text)
      ? `holds only '${text.trim()}': it is a symbolic link, so name the file that it points to`
      : 'holds no keys; it must be the values file of a chart';
    throw refuseValues(file, [{ path: file, line: 1, message }]);
  }
  const encrypted = parsed.map((document) => sopsOffset(document)).find((offset) => offset !== undefined);
  if (encrypted !== undefined) {
    const message = 'is encrypted with SOPS, which signs every value; move the image tags to a file of their own';
    throw refuseValues(file, [{ path: 'sops', line: lineAt(encrypted), message }]);
  }
  return { file, text, documents: parsed, lineAt };
}

/** The error of a values file: says that nothing was changed, and lists every problem. */
export function refuseValues(file: string, problems: readonly Problem[]): InvalidInputError {
  const rest = problems.length - MAX_PROBLEMS;
  const more = { path: file, message: `has ${rest} more problems; mend those above first` };
  const shown = rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), more] : problems;
  return new InvalidInputError(`${file} was left as it is`, shown, undefined, ERROR_NAMES.valuesFile);
}

function unfitness(text: string): Omit<Problem, 'path'> | undefined {
  if (text.length > MAX_CHARACTERS) {
    return { message: `has ${text.length} characters; at most ${MAX_CHARACTERS} are read` };
  }
  if (LFS_POINTER.test(text)) {
    return { line: 1, message: 'is a pointer to git LFS, not the file itself; take it out of LFS (git lfs untrack)' };
  }
  const foreign = /[\uFFFD\0]/.exec(text);
  if (foreign !== null) {
    const message = 'is not UTF-8 text, so writing it back would change other bytes; save it as UTF-8';
    return { line: text.slice(0, foreign.index).split('\n').length, message };
  }
  const marker = text.split('\n').findIndex((line) => CONFLICT_MARKER.test(line));
  if (marker < 0) return undefined;
  return { line: marker + 1, message: 'has a git conflict marker; resolve the merge first' };
}

/** The package's messages are sentences; some go on with advice for programmers. */
function reasonOf(message: string): string {
  const reason = message.split('\n')[0] ?? '';
  if (reason === 'Map keys must be unique') return 'has this key for the second time; keep one';
  return `is not right as YAML: ${reason.slice(0, 200)}`;
}

/** git stores a symbolic link as a file that holds its target. */
function isLinkTarget(text: string): boolean {
  return /^[^\s:#]+\.ya?ml$/.test(text.trim()) && !text.includes('\n');
}

/** SOPS adds a top-level map `sops` with a signature over all values: https://github.com/getsops/sops#encryption-protocol */
function sopsOffset({ contents }: Document.Parsed): number | undefined {
  if (!isMap(contents)) return undefined;
  const sops = contents.get('sops', true);
  return isMap(sops) && sops.has('mac') ? sops.range?.[0] : undefined;
}
