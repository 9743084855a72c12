/**
 * What an image takes in that git does not hold: as long as its inputs are equal it is not rebuilt, though a build today could
 * give something else. They are listed, not judged.
 */

import { isGitSource, isRemoteSource } from '../dockerfile/evaluate/evaluate-stage';
import { isPinned } from '../dockerfile/evaluate/stages';
import type { Instruction } from '../dockerfile/instruction';
import type { UnpinnedInput } from './inputs';

/** Names of arguments that bake the version of a release or build into an image, so that a retag would tell a lie. */
const VERSION_ARGUMENT =
  /^(?:(?:APP|IMAGE|BUILD|RELEASE|GIT|SERVICE|PLATFORM)_?)?(?:VERSION|TAG|NUMBER|DATE|SHA|COMMIT|REVISION|RELEASE)$|^(?:BUILD_?ID|BUILD_?TIME|COMMIT_SHA|VCS_REF)$/i;

interface Fetcher {
  /** The command, with its words behind it in the first group. */
  readonly command: RegExp;
  readonly what: string;
  /** True for a word that names its version; undefined where nothing can be pinned. */
  readonly isPinned?: (word: string) => boolean;
}

/** Up to the end of one shell command; a backslash before the line end is a continuation. */
const WORDS = '((?:[^;&|\\n]|\\\\\\n)*)';
const FETCHERS: readonly Fetcher[] = [
  { command: new RegExp(`\\b(?:curl|wget)\\s${WORDS}`, 'g'), what: 'fetches a file' },
  { command: new RegExp(`\\bgit\\s+clone\\s${WORDS}`, 'g'), what: 'clones a repository' },
  {
    command: new RegExp(`\\b(?:apt|apt-get)\\s(?:-\\S+\\s+)*install\\s${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => word.includes('='),
  },
  {
    command: new RegExp(`\\bapk\\s(?:-\\S+\\s+)*add\\s${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => /[=<>~]/.test(word),
  },
  {
    command: new RegExp(`\\b(?:yum|dnf|microdnf)\\s(?:-\\S+\\s+)*install\\s${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => /-\d/.test(word),
  },
  {
    command: new RegExp(`\\bpip3?\\s+install\\s${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => /==|@|^[./]|\//.test(word),
  },
  {
    command: new RegExp(`\\b(?:npm|pnpm|yarn)\\s+(?:install|add|i)\\b${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => /.@\d|^[./]/.test(word),
  },
  {
    command: new RegExp(`\\bgo\\s+(?:install|get)\\s${WORDS}`, 'g'),
    what: 'installs packages without a version',
    isPinned: (word) => /@v\d|^\./.test(word),
  },
];
/** Options whose next word is a file or a value and no package. */
const TAKES_VALUE =
  /^(?:-r|--requirement|-c|--constraint|-e|--editable|-i|--index-url|--extra-index-url|-t|--target|--prefix|--virtual|--repository|-X)$/;
const LONGEST_TEXT = 120;

/** The impurities of the stages that are built, by line. */
export function findUnpinnedInputs(
  instructions: readonly Instruction[],
  bases: readonly { readonly name: string; readonly line: number }[],
): readonly UnpinnedInput[] {
  const found = [
    ...bases
      .filter(({ name }) => !isPinned(name))
      .map(({ name, line }) => impurity(line, `${name} may move: it is no digest`)),
    ...instructions.flatMap(impuritiesOf),
  ];
  const unique = new Map(found.map((each) => [`${each.line} ${each.text}`, each]));
  return [...unique.values()].sort((a, b) => a.line - b.line || (a.text < b.text ? -1 : 1));
}

function impuritiesOf(instruction: Instruction): readonly UnpinnedInput[] {
  const { line } = instruction;
  if (instruction.kind === 'add' && instruction.checksum === undefined) {
    const remote = instruction.sources.filter((source) => isRemoteSource(source) && !isFixedCommit(source));
    return remote.map((source) => impurity(line, `ADD ${source} fetches what git does not hold`));
  }
  if (instruction.kind === 'arg') {
    const baked = instruction.args.filter(({ name }) => VERSION_ARGUMENT.test(name));
    return baked.map(({ name }) =>
      impurity(line, `ARG ${name} may bake a version into the image, which a retag would not change`),
    );
  }
  return instruction.kind === 'run' ? fetchesOf(instruction.command).map((text) => impurity(line, text)) : [];
}

function isFixedCommit(source: string): boolean {
  return isGitSource(source) && /#[0-9a-f]{40}(?::|$)/.test(source);
}

function fetchesOf(command: string): readonly string[] {
  return FETCHERS.flatMap(({ command: expression, what, isPinned: pinned }) =>
    [...command.matchAll(expression)]
      .filter((match) => pinned === undefined || packagesIn(match[1] ?? '').some((word) => !pinned(word)))
      .map((match) => `RUN ${what}: ${match[0].replace(/\\?\s+/g, ' ').trim()}`),
  );
}

function packagesIn(words: string): readonly string[] {
  const all = words
    .replaceAll('\\\n', ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return all.filter(
    (word, at) => !word.startsWith('-') && !TAKES_VALUE.test(all[at - 1] ?? '') && !/^[<>$]/.test(word),
  );
}

function impurity(line: number, text: string): UnpinnedInput {
  return { line, text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 3)}...` : text };
}
