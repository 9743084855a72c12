import { isGitSource, isRemoteSource } from '../dockerfile/evaluate/evaluate-stage';
import { isPinned } from '../dockerfile/evaluate/stages';
import type { Instruction } from '../dockerfile/instruction';
import type { UnpinnedInput } from './inputs';

/** Names of arguments that put the version of a release or build into an image, which a retag leaves as it is. */
const VERSION_ARGUMENT =
  /^(?:(?:APP|IMAGE|BUILD|RELEASE|GIT|SERVICE|PLATFORM)_?)?(?:VERSION|TAG|NUMBER|DATE|SHA|COMMIT|REVISION|RELEASE)$|^(?:BUILD_?ID|BUILD_?TIME|COMMIT_SHA|VCS_REF)$/i;

interface Fetcher {
  /** The command at the end of a shell word, which may have a path or a `$(` before it. */
  readonly command: RegExp;
  /** The subcommand behind its options, if it needs one. */
  readonly subcommand?: RegExp;
  readonly text: string;
  /** Returns true for a package with a version; undefined for a command that cannot pin anything. */
  readonly isPinned?: (word: string) => boolean;
}

const PACKAGES = 'installs packages without a version';

const FETCHERS: readonly Fetcher[] = [
  { command: /\b(?:curl|wget)$/, text: 'fetches a file' },
  { command: /\bgit$/, subcommand: /^clone$/, text: 'clones a repository' },
  { command: /\b(?:apt|apt-get)$/, subcommand: /^install$/, text: PACKAGES, isPinned: (word) => word.includes('=') },
  { command: /\bapk$/, subcommand: /^add$/, text: PACKAGES, isPinned: (word) => /[=<>~]/.test(word) },
  { command: /\b(?:yum|dnf|microdnf)$/, subcommand: /^install$/, text: PACKAGES, isPinned: (word) => /-\d/.test(word) },
  { command: /\bpip3?$/, subcommand: /^install$/, text: PACKAGES, isPinned: (word) => /==|@|^[./]|\//.test(word) },
  {
    command: /\b(?:npm|pnpm|yarn)$/,
    subcommand: /^(?:install|add|i)$/,
    text: PACKAGES,
    isPinned: (word) => /.@\d|^[./]/.test(word),
  },
  { command: /\bgo$/, subcommand: /^(?:install|get)$/, text: PACKAGES, isPinned: (word) => /@v\d|^\./.test(word) },
];
/** Options whose next word is a file or a value and no package. */
const TAKES_VALUE =
  /^(?:-r|--requirement|-c|--constraint|-e|--editable|-i|--index-url|--extra-index-url|-t|--target|--prefix|--virtual|--repository|-X)$/;
const LONGEST_TEXT = 120;

/**
 * Returns the inputs that the stages of a build take from outside git, by line. An image is not rebuilt while its inputs are equal, although a
 * build today may fetch other content.
 */
export function findUnpinnedInputs(
  instructions: readonly Instruction[],
  bases: readonly { readonly name: string; readonly line: number }[],
): readonly UnpinnedInput[] {
  const found = [
    ...bases
      .filter(({ name }) => !isPinned(name))
      .map(({ name, line }) => unpinned(line, `${name} is not pinned by a digest; its content may change`)),
    ...instructions.flatMap(unpinnedIn),
  ];
  const unique = new Map(found.map((each) => [`${each.line} ${each.text}`, each]));
  return [...unique.values()].sort((a, b) => a.line - b.line || (a.text < b.text ? -1 : 1));
}

function unpinnedIn(instruction: Instruction): readonly UnpinnedInput[] {
  const { line } = instruction;
  if (instruction.kind === 'add' && instruction.checksum === undefined) {
    const remote = instruction.sources.filter((source) => isRemoteSource(source) && !isFixedCommit(source));
    return remote.map((source) => unpinned(line, `ADD ${source} fetches content that is not in git`));
  }
  if (instruction.kind === 'arg') {
    const baked = instruction.args.filter(({ name }) => VERSION_ARGUMENT.test(name));
    return baked.map(({ name }) =>
      unpinned(line, `ARG ${name} may put a version into the image, which a retag does not change`),
    );
  }
  return instruction.kind === 'run' ? fetchesOf(instruction.command).map((text) => unpinned(line, text)) : [];
}

function isFixedCommit(source: string): boolean {
  return isGitSource(source) && /#[0-9a-f]{40}(?::|$)/.test(source);
}

/** Returns what the simple commands of a shell text fetch. A backslash before the end of a line continues it. */
function fetchesOf(command: string): readonly string[] {
  const commands = command.replaceAll('\\\n', ' ').split(/[;&|\n]/);
  const words = commands.map((each) => each.split(/\s+/).filter((word) => word !== ''));
  return FETCHERS.flatMap((fetcher) => words.flatMap((each) => fetchOf(each, fetcher)));
}

/** Returns the fetch of a simple command, if it is one. Its options are skipped once, however many words look like the command. */
function fetchOf(
  words: readonly string[],
  { command, subcommand, text, isPinned: isFixed }: Fetcher,
): readonly string[] {
  for (let at = 0; at < words.length - 1; at++) {
    const start = command.exec(words[at] ?? '');
    if (start === null) continue;
    let next = at + 1;
    if (subcommand !== undefined) {
      while (words[next]?.startsWith('-')) next++;
      if (!subcommand.test(words[next] ?? '')) {
        at = next - 1;
        continue;
      }
      next++;
    }
    if (isFixed !== undefined && packagesIn(words.slice(next)).every(isFixed)) return [];
    return [`RUN ${text}: ${[start[0], ...words.slice(at + 1)].join(' ')}`];
  }
  return [];
}

function packagesIn(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, at) => !word.startsWith('-') && !TAKES_VALUE.test(words[at - 1] ?? '') && !/^[<>$]/.test(word),
  );
}

function unpinned(line: number, text: string): UnpinnedInput {
  return { line, text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 3)}...` : text };
}
