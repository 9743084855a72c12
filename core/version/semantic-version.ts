/** Versions of npm packages: the part of https://semver.org that a release can raise, a pre-release as a word and a number (`2.0.0-rc.1`). */
import type { ModuleVersion, VersionGrammar } from './module-version';

const NUMBER = '(?:0|[1-9][0-9]{0,14})';

/** `dev` marks development versions, which no module declares. */
const VERSION = new RegExp(
  `^(?<release>${NUMBER}\\.${NUMBER}\\.${NUMBER})(?:-(?<word>(?!dev\\.)[a-z]{1,20})\\.(?<number>${NUMBER}))?$`,
);

function parse(text: string): ModuleVersion | undefined {
  const { release, word, number } = VERSION.exec(text)?.groups ?? {};
  if (release === undefined) return undefined;
  return {
    epoch: 0,
    release: release.split('.').map(Number),
    ...(word === undefined ? {} : { pre: { letter: word, number: Number(number) } }),
  };
}

/** Missing numbers are zeros, so that a version of another kind can be raised, too. */
function print({ release, pre }: ModuleVersion): string {
  const numbers = [0, 1, 2].map((at) => release[at] ?? 0).join('.');
  return pre === undefined ? numbers : `${numbers}-${pre.letter}.${pre.number}`;
}

export const SEMANTIC: VersionGrammar = { parse, print };
