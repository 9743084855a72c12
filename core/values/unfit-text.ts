/** Texts that are no YAML to begin with, told apart by their own signs so that the reason can be named. */

/** Why a text cannot be a values file, with the line where it shows. */
export interface Unfitness {
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
export function unfitness(text: string): Unfitness | undefined {
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
