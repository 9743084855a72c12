/** Versions as image tags: `v1.4.0`, `v1.4.0-dev-2`, `0.1.0`. Their grammar, their spelling and their order. */

/** Three numbers, an optional `v` and an optional suffix. Printed as it was read. */
export interface Version {
  /** True if spelled with a leading `v`. */
  readonly v: boolean;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** What stands behind the numbers, without its `-`: `dev-2`, `co2`, `hotfix-1`; empty for a final version. */
  readonly suffix: string;
}

/** Tags of the OCI distribution specification have at most 128 characters: https://github.com/opencontainers/distribution-spec */
export const LONGEST_TAG = 128;

const NUMBER = '(0|[1-9][0-9]{0,8})';
const VERSION = new RegExp(`^(v?)${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z][0-9A-Za-z._-]*))?$`);

/** Reads a version that is also a legal image tag; undefined if the text is none. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST_TAG) return undefined;
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, v, major, minor, patch, suffix] = match;
  return { v: v === 'v', major: Number(major), minor: Number(minor), patch: Number(patch), suffix: suffix ?? '' };
}

/** True if the text is a version. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** The version as a tag, spelled as it was read. */
export function printVersion({ v, major, minor, patch, suffix }: Version): string {
  return `${v ? 'v' : ''}${major}.${minor}.${patch}${suffix === '' ? '' : `-${suffix}`}`;
}

/** True for a version that mends a final one that is out already (`v1.4.0-hotfix-1`). */
export function isHotfix({ suffix }: Version): boolean {
  return /^hotfix($|[.-])/.test(suffix);
}

/**
 * Negative if `a` comes before `b`, 0 if they differ at most in spelling. A suffix comes before the final version (`v1.4.0-dev` <
 * `v1.4.0`), except a hotfix, which comes after it; numbers in a suffix count as numbers (`dev-2` < `dev-10`).
 */
export function compareVersions(a: Version, b: Version): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.patch - b.patch ||
    stageOf(a) - stageOf(b) ||
    compareSuffixes(a.suffix, b.suffix)
  );
}

function stageOf(version: Version): number {
  if (version.suffix === '') return 1;
  return isHotfix(version) ? 2 : 0;
}

function compareSuffixes(a: string, b: string): number {
  const left = a.split(/[.-]/);
  const right = b.split(/[.-]/);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareParts(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aIsNumber && bIsNumber) return Number(a) - Number(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return a < b ? -1 : 1;
}
