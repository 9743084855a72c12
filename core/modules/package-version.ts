/** The versions of published modules: the module's own version, and behind it what its content is. */

/** 48 bits are exact in a JavaScript number, and enough to tell the contents of one module apart. */
const DIGITS = 12;

/**
 * What is put behind the version that the module gives itself: `.dev` and a number made of its content, so that equal content has an equal
 * version. A development release, because no such number is newer than another: no installer takes one before a release that a person
 * made, unless it is asked for this very version (PEP 440, "Developmental releases" and "Handling of pre-releases").
 */
export function versionSuffix(contentDigest: string): string {
  return `.dev${Number.parseInt(contentDigest.slice(0, DIGITS), 16)}`;
}

/** What a module may give itself: a version that can have development releases, in its normal form (PEP 440). */
const OWN_VERSION = /^(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?$/;

/** True if the version is a module's own with the suffix behind it. Behind `1.0+abc` it would not make a development release. */
export function isVersionWith(suffix: string, version: string): boolean {
  return version.endsWith(suffix) && OWN_VERSION.test(version.slice(0, -suffix.length));
}

/** The name by which indexes know a package, however it is written: https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function normalizedPackage(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
