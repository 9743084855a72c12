/** Python packages of modules: file names, and the files of a build that may be published. */
import { normalizedPackage } from '../../catalog/grammar';
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import type { WantedPackage } from '../ecosystem';

/** `python` is a wheel's Python tag (`py3`). A source distribution has none. */
interface PackageFileName {
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

/** Parses a file name. Returns undefined for anything but a wheel or a source distribution. */
export function parsePackageFile(file: string): PackageFileName | undefined {
  const wheel = WHEEL.exec(file)?.groups;
  if (wheel !== undefined) return { kind: 'wheel', ...named(wheel), python: wheel.python ?? '' };
  const sdist = SDIST.exec(file)?.groups;
  return sdist === undefined ? undefined : { kind: 'sdist', ...named(sdist) };
}

function named(groups: Record<string, string>): { readonly package: string; readonly version: string } {
  return { package: groups.package ?? '', version: groups.version ?? '' };
}

/** Returns the files of a build by their kind. Throws `PackageIndexError` with all problems: the catalog decides what is published. */
export function builtPackage(
  files: readonly string[],
  wanted: WantedPackage,
): Readonly<Record<'version' | 'wheel' | 'sdist', string>> {
  const read = files.map((file) => ({ file, said: parsePackageFile(file) }));
  const fileOf = (kind: 'wheel' | 'sdist') => read.filter(({ said }) => said?.kind === kind);
  const [wheel] = fileOf('wheel');
  const [sdist] = fileOf('sdist');
  const problems = [
    ...(['wheel', 'sdist'] as const)
      .map((kind) => ({ kind, count: fileOf(kind).length }))
      .filter(({ count }) => count !== 1)
      .map(({ kind, count }) => `the build made ${count} files that are a ${kind}; it must make one`),
    ...read.filter(({ said }) => said === undefined).map(({ file }) => `'${file}' is neither a wheel nor an sdist`),
    ...read.flatMap(({ file, said }) => (said === undefined ? [] : problemsOf(file, said, wanted))),
  ];
  if (wheel?.said !== undefined && sdist?.said !== undefined && wheel.said.version !== sdist.said.version) {
    problems.push(
      `the wheel has version ${wheel.said.version}, the sdist ${sdist.said.version}; they must be the same`,
    );
  }
  if (problems.length === 0 && wheel?.said !== undefined && sdist !== undefined) {
    return { version: wheel.said.version, wheel: wheel.file, sdist: sdist.file };
  }
  throw new PipelineError(ERROR_NAMES.packageIndex, `the package cannot be published: ${problems.join('; ')}`);
}

function problemsOf(
  file: string,
  said: { readonly package: string; readonly version: string },
  wanted: WantedPackage,
): string[] {
  const isWanted = normalizedPackage(said.package) === normalizedPackage(wanted.package);
  const name = normalizedPackage(said.package);
  return [
    ...(isWanted
      ? []
      : [
          `'${file}' belongs to the package ${name}, but the catalog names ${wanted.package}; write \`publish: { package: ${name} }\` there`,
        ]),
    ...(said.version === wanted.version
      ? []
      : [
          `'${file}' has version ${said.version}, but ${wanted.version} was planned; let the build take the version that pyproject.toml, setup.py or setup.cfg declares, and change it nowhere else`,
        ]),
  ];
}
