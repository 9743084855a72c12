/** Versions that are image tags: `v1.4.0`, `v1.4.0-dev-2`, `0.1.0`. Their grammar and their order. */

/** Three numbers, an optional `v` and an optional suffix. */
export interface Version {
  /** True if spelled with a leading `v`. */
  readonly v: boolean;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The text after the numbers and `-`: `dev-2`, `co2`, `hotfix-1`; empty for a final version. */
  readonly suffix: string;
}

/** Tags of the OCI distribution specification have at most 128 characters: https://github.com/opencontainers/distribution-spec */
export const LONGEST_TAG = 128;

const NUMBER = '(0|[1-9][0-9]{0,8})';
const VERSION = new RegExp(`^(v?)${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z][0-9A-Za-z._-]*))?$`);

/** Parses a version that is also a legal image tag. Returns undefined for any other text. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST_TAG) return undefined;
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, v, major, minor, patch, suffix] = match;
  return { v: v === 'v', major: Number(major), minor: Number(minor), patch: Number(patch), suffix: suffix ?? '' };
}

/** Returns true if the text is a version. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** Prints the version as a tag, with the `v` that it was read with. */
export function printVersion({ v, major, minor, patch, suffix }: Version): string {
  return `${v ? 'v' : ''}${major}.${minor}.${patch}${suffix === '' ? '' : `-${suffix}`}`;
}

/** Returns true for a version that fixes a final one (`v1.4.0-hotfix-1`). */
export function isHotfix({ suffix }: Version): boolean {
  return /^hotfix($|[.-])/.test(suffix);
}

/**
 * Compares two versions: negative if `a` comes before `b`, 0 if they differ at most in the `v`. A version with a suffix comes before the
 * final one (`v1.4.0-dev` < `v1.4.0`), except a hotfix, which comes after it. Numbers in a suffix are compared as numbers.
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
