/** `package.json` of a module: the name and version that it declares, and what no registry could serve. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import { parseJson } from '../../text/json';
import { excerpt } from '../../text/shape-error';
import { SEMANTIC } from '../../version/semantic-version';
import { type BuildTexts, type DeclaredVersion, type EditedFile, problem, type WantedPackage } from '../ecosystem';

export const MANIFEST = 'package.json';

/** What a registry stores of a package. Other keys pass through as they are. */
export type NpmManifest = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

const Fields = z.looseObject({ name: z.string(), version: z.string().optional(), private: z.unknown().optional() });

const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Dependencies that stand beside the module. A build gets the module's folder alone, and a registry has none of the others. */
const BESIDE = /^(file|link|portal|workspace):|^\.{0,2}\//;

/** Reads the version of a module that is published under `name`. */
export function declaredVersion(textOf: BuildTexts, name: string): DeclaredVersion {
  const text = textOf(MANIFEST);
  if (text === undefined)
    return problem(`has no ${MANIFEST}, which npm packs a package by; add one, or take publish away`);
  const fields = Fields.safeParse(parseManifest(text));
  if (!fields.success) return problem(`has a ${MANIFEST} that is no JSON map with a name; correct it`);
  const { name: own, version, private: isPrivate, ...rest } = fields.data;
  const problems = [
    ...(own === name
      ? []
      : [`names the package '${excerpt(own)}', but the catalog names '${name}'; write the same in both`]),
    ...(isPrivate === true ? ['says "private": true, which forbids to publish it; take that line out'] : []),
    ...(version === undefined || SEMANTIC.parse(version) !== undefined
      ? []
      : [`has the version '${excerpt(version)}'; write one like 1.4.0 or 2.0.0-rc.1, or leave it out`]),
    ...dependenciesBeside(rest).map((each) => `depends on ${each}, which no registry has; name its version`),
  ];
  if (problems.length > 0) return problem(`${MANIFEST} ${problems.join('; it ')}`);
  const declared = SEMANTIC.parse(version ?? '');
  return declared === undefined ? { kind: 'none' } : { kind: 'declared', version: declared };
}

function dependenciesBeside(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  return DEPENDENCIES.flatMap((key) =>
    Object.entries(Object(manifest[key]))
      .filter(([, at]) => typeof at === 'string' && BESIDE.test(at))
      .map(([name, at]) => `${excerpt(name)} at '${excerpt(String(at))}'`),
  );
}

/** Writes the version into the manifest, whether or not it declares one. Throws if there is no manifest. */
export function writeVersion(version: string, textOf: BuildTexts): EditedFile {
  const manifest = Fields.parse(parseManifest(textOf(MANIFEST) ?? ''));
  return { file: MANIFEST, text: `${JSON.stringify({ ...manifest, version }, undefined, 2)}\n` };
}

/** The script that `npm init` writes, which only fails. */
const NO_TESTS = /no test specified/;

/** Returns true if `npm test` would run tests. */
export function hasTestScript(text: string): boolean {
  const { scripts } = Object(parseManifest(text)) as { readonly scripts?: { readonly test?: unknown } };
  const test = scripts?.test;
  return typeof test === 'string' && test.trim() !== '' && !NO_TESTS.test(test);
}

/** Returns the manifest of a tarball. Throws `PackageIndexError` if it is of another package or version: the catalog decides what is published. */
export function checkManifest(text: string, { package: name, version }: WantedPackage): NpmManifest {
  const fields = Fields.safeParse(parseManifest(text));
  if (fields.success && fields.data.name === name && fields.data.version === version) {
    return { ...fields.data, name, version };
  }
  const said = fields.success ? `${fields.data.name}@${fields.data.version ?? 'no version'}` : 'nothing that npm reads';
  const message = `the ${MANIFEST} in the package says ${excerpt(said)}, but ${name}@${version} was planned; let the build change neither name nor version`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}

/** Editors may write a byte order mark before the JSON. */
function parseManifest(text: string): unknown {
  return parseJson(text.replace(/^\uFEFF/, ''));
}
