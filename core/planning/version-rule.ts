/** The version that a service gets next: the rules that a plan applies before it asks any registry. */
import { createHash } from 'node:crypto';
import type { Service } from '../catalog/model';
import { InvalidInputError } from '../contract/errors';
import type { VersionRule } from '../contract/image';
import { compareVersions, isHotfix, isVersion, LONGEST_TAG, parseVersion, printVersion } from '../version/version';
import type { LockEntry } from '../version/version-lock';

const ROOM_FOR_NUMBER = '-99999';

/**
 * Returns the version under development. Platform services share the platform version. An independent service has the catalog's `version`
 * while that is ahead of the locked one, and the next patch after its release (`v1.3.1`, then `v1.3.2`).
 */
export function versionUnderDevelopment(
  service: Pick<Service, 'versioning' | 'version'>,
  platformVersion: string,
  lock: LockEntry | undefined,
): string {
  if (service.versioning === 'platform') return platformVersion;
  const declared = service.version ?? platformVersion;
  const wanted = parseVersion(declared);
  const locked = lock === undefined ? undefined : parseVersion(lock.version);
  if (locked === undefined) return declared;
  const base = { ...locked, suffix: '' };
  if (wanted !== undefined && compareVersions({ ...wanted, suffix: '' }, base) > 0) return declared;
  const isOut = locked.suffix === '' || isHotfix(locked);
  return printVersion(isOut ? { ...base, patch: base.patch + 1 } : base);
}

/**
 * Returns the version line of a push: `{version}-{slug}` on `feature/co2` gives `v1.4.0-co2`. Throws `InvalidInput` if the result is not a
 * version.
 */
export function pushLine(pattern: string, underDevelopment: string, branch: string): string {
  const line = pattern.replaceAll('{version}', () => underDevelopment).replaceAll('{slug}', () => branchSlug(branch));
  if (isVersion(line + ROOM_FOR_NUMBER)) return line;
  const message = `'${pattern}' makes '${line}', which is not a version with room for a number in ${LONGEST_TAG} characters; use a pattern such as {version}-dev`;
  throw new InvalidInputError('the version pattern of the branch cannot be used', [{ path: 'branches', message }]);
}

/** Returns the next version of a line. `after` is the number that this service has in the version lock, or 0. */
export function nextInLine(line: string, lock: LockEntry | undefined): VersionRule {
  const used = lock === undefined ? undefined : numberInLine(line, lock.version);
  return { kind: 'next', line, after: used ?? 0 };
}

/** Returns the `number`th version of a line, from 1: `v1.4.0-dev`, `v1.4.0-dev-2`, ... */
export function versionInLine(line: string, number: number): string {
  return number === 1 ? line : `${line}-${number}`;
}

/** Returns the number of a version in a line, from 1, or undefined if it does not belong to that line. */
export function numberInLine(line: string, version: string): number | undefined {
  if (version === line) return 1;
  if (!version.startsWith(`${line}-`)) return undefined;
  const rest = version.slice(line.length + 1);
  if (!/^[1-9][0-9]{0,8}$/.test(rest)) return undefined;
  const number = Number(rest);
  return number >= 2 ? number : undefined;
}

const LONGEST_SLUG = 40;

const HASH_LENGTH = 8;

/**
 * Returns a branch's name as part of an image tag, from the first `/` on: `feature/co2` gives `co2`, `main` gives `main`. It has 1 to 40 lower
 * case letters and digits with single `-` between them. A name that is cut or has none of these ends with a hash of the branch, so that it
 * stays distinct.
 */
export function branchSlug(branch: string): string {
  const own = branch.includes('/') ? branch.slice(branch.indexOf('/') + 1) : branch;
  const plain = dashed(own.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());
  if (plain !== '' && plain.length <= LONGEST_SLUG) return plain;
  const hash = createHash('sha256').update(branch).digest('hex').slice(0, HASH_LENGTH);
  const start = dashed(plain.slice(0, LONGEST_SLUG - HASH_LENGTH - 1));
  return start === '' ? `branch-${hash}` : `${start}-${hash}`;
}

function dashed(text: string): string {
  return text.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
