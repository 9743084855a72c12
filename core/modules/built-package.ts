/** What a module's build leaves in the object store, and what of it may be published. */
import * as z from 'zod';
import { ERROR_NAMES } from '../contract';
import { PipelineError } from '../errors';
import { parsePackageFile } from './package-files';
import { isVersionWith, normalizedPackage, versionSuffix } from './package-version';

/** Names of the objects that a build leaves in its folder; the files have names of their own there. */
export const BUILT_OBJECTS = { facts: 'package.json', wheel: 'wheel', sdist: 'sdist' } as const;

/** Names of the two files, and the version that both have. */
export const BuiltPackage = z.strictObject({ version: z.string(), wheel: z.string(), sdist: z.string() });
export type BuiltPackage = Readonly<z.infer<typeof BuiltPackage>>;

/** What a build was asked for. */
export interface WantedPackage {
  readonly package: string;
  readonly contentDigest: string;
}

/**
 * The files of a build as what they are. Throws with all that is wrong: another package, or a version that is not of this content. What is
 * published under a name is for the catalog to say, not for the code that was built.
 */
export function builtPackage(
  files: readonly string[],
  { package: wanted, contentDigest }: WantedPackage,
): BuiltPackage {
  const suffix = versionSuffix(contentDigest);
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
    ...read.flatMap(({ file, said }) => (said === undefined ? [] : problemsOf(file, said, wanted, suffix))),
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
  wanted: string,
  suffix: string,
): string[] {
  const isWanted = normalizedPackage(said.package) === normalizedPackage(wanted);
  const name = normalizedPackage(said.package);
  return [
    ...(isWanted
      ? []
      : [
          `'${file}' is of the package ${name}, and the catalog says ${wanted}; write \`publish: { package: ${name} }\` there`,
        ]),
    ...(isVersionWith(suffix, said.version)
      ? []
      : [
          `'${file}' has version ${said.version}, which is not the module's own and ${suffix} behind it; a module is built by setuptools, and gives itself a version like 1.2.0, without .dev or a local part`,
        ]),
  ];
}
