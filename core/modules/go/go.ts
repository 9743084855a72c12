/** Go modules: a version is a tag of the monorepo, which any proxy finds. Nothing is uploaded: https://go.dev/ref/mod#vcs-version */
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import { SEMANTIC } from '../../version/semantic-version';
import { type BuiltPackage, contentNumber, type Ecosystem, type WantedPackage } from '../ecosystem';
import { declaredVersion, GO_MOD, refuseVersion } from './go-mod';

export const GO: Ecosystem = {
  kind: 'go',
  grammar: SEMANTIC,
  /** A version that only the pipeline knows: it says that this content was tested. Installers take the commit. */
  versionSuffix: (contentDigest) => `-dev.${contentNumber(contentDigest)}`,
  isDevelopment: (version) => /-dev\.\d+$/.test(version),
  claimName: (name) => `go-module/${name}`,
  buildFiles: [GO_MOD],
  declaredVersion,
  refuseVersion,
  /** `go.mod` has no version. */
  writeVersion: (_version, textOf) => ({ file: GO_MOD, text: textOf(GO_MOD) ?? '' }),
  /** What a proxy serves as `@v/VERSION.mod`: https://go.dev/ref/mod#goproxy-protocol */
  parts: ['mod'],
  partOf: (file) => (file.endsWith('.mod') ? 'mod' : undefined),
  builtPackage,
  requirement: (name, version) => `${name}@v${version}`,
  releasesOnly: {
    published: (name, version) => `is ${name} v${version} by a tag of the monorepo`,
    tested: (name) => `${name} passed its tests with this content`,
    missing: (name) => `no tag of the monorepo is a version of ${name} with this content`,
    untested: (name) => `no run has tested ${name} with this content`,
  },
};

/** Returns the name of the file in which a build says that its tests passed. */
export function modFile(version: string): string {
  return `v${version}.mod`;
}

function builtPackage(files: readonly string[], { version }: WantedPackage): BuiltPackage {
  const mod = modFile(version);
  if (files.length === 1 && files[0] === mod) return { version, mod };
  const made = files.length === 0 ? 'nothing' : files.join(', ').slice(0, 200);
  throw new PipelineError(ERROR_NAMES.packageIndex, `the build must leave ${mod} alone, not ${made}`);
}
