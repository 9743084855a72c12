/** npm packages: one tarball each, in a registry like npmjs.com. */
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import { SEMANTIC } from '../../version/semantic-version';
import { type BuiltPackage, contentNumber, type Ecosystem, type WantedPackage } from '../ecosystem';
import { declaredVersion, MANIFEST, writeVersion } from './manifest';

export const NPM: Ecosystem = {
  kind: 'npm',
  grammar: SEMANTIC,
  /** A pre-release, which no range takes unless it names a pre-release of the same version: https://docs.npmjs.com/cli/v6/using-npm/semver#prerelease-tags */
  versionSuffix: (contentDigest) => `-dev.${contentNumber(contentDigest)}`,
  isDevelopment: (version) => /-dev\.\d+$/.test(version),
  claimName: (name) => `npm-package/${name}`,
  buildFiles: [MANIFEST],
  declaredVersion,
  writeVersion,
  parts: ['tarball'],
  partOf: (file) => (file.endsWith('.tgz') ? 'tarball' : undefined),
  builtPackage,
  requirement: (name, version) => `${name}@${version}`,
};

/** Returns the name that `npm pack` gives the tarball: https://docs.npmjs.com/cli/v11/commands/npm-pack */
export function tarballName(name: string, version: string): string {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
}

/** The file's name says what `npm pack` packed. An index reads the manifest in it as well. */
function builtPackage(files: readonly string[], { package: name, version }: WantedPackage): BuiltPackage {
  const tarball = tarballName(name, version);
  if (files.length === 1 && files[0] === tarball) return { version, tarball };
  const made = files.length === 0 ? 'nothing' : files.join(', ').slice(0, 200);
  const message = `the package cannot be published: npm pack must make ${tarball} alone, not ${made}; let the build change neither name nor version in ${MANIFEST}`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}
