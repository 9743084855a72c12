/** Names of the files of a Python release. */

/** `python` is the tag of the Python that a wheel is for (`py3`); a source distribution has none. */
export interface PackageFileName {
  readonly kind: 'wheel' | 'sdist';
  readonly package: string;
  readonly version: string;
  readonly python?: string;
}

/** https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention */
const WHEEL =
  /^(?<package>[A-Za-z0-9][A-Za-z0-9._]*)-(?<version>[A-Za-z0-9][A-Za-z0-9._!+]*)(-\d[^-]*)?-(?<python>[A-Za-z0-9_.]+)-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+\.whl$/;
/** Older tools leave `-` in the name: https://packaging.python.org/en/latest/specifications/source-distribution-format/ */
const SDIST = /^(?<package>[A-Za-z0-9][A-Za-z0-9._-]*)-(?<version>[A-Za-z0-9][A-Za-z0-9._!+]*)\.tar\.gz$/;

/** What the name says; undefined if it is neither a wheel's nor a source distribution's. */
export function parsePackageFile(file: string): PackageFileName | undefined {
  const wheel = WHEEL.exec(file)?.groups;
  if (wheel !== undefined) return { kind: 'wheel', ...named(wheel), python: wheel.python ?? '' };
  const sdist = SDIST.exec(file)?.groups;
  return sdist === undefined ? undefined : { kind: 'sdist', ...named(sdist) };
}

function named(groups: Record<string, string>): { readonly package: string; readonly version: string } {
  return { package: groups.package ?? '', version: groups.version ?? '' };
}

/** True if a release has what every release of ours has: a wheel and a source distribution. */
export function isWholeRelease(files: readonly string[]): boolean {
  const kinds = files.map((file) => parsePackageFile(file)?.kind);
  return kinds.includes('wheel') && kinds.includes('sdist');
}
