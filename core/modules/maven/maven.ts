/** Maven packages: a JAR and its POM in a repository like Maven Central. */
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import { type BuiltPackage, contentNumber, type Ecosystem, type WantedPackage } from '../ecosystem';
import { MAVEN_VERSIONS } from './maven-version';
import { declaredVersion, POM, writeVersion } from './pom';

export const MAVEN: Ecosystem = {
  kind: 'maven',
  grammar: MAVEN_VERSIONS,
  /** `alpha` comes before the release, and `dev` alone would come after it. A snapshot would have no fixed content. */
  versionSuffix: (contentDigest) => `-alpha-dev.${contentNumber(contentDigest)}`,
  isDevelopment: (version) => /-alpha-dev\.\d+$/.test(version),
  claimName: (name) => `maven-package/${name.replace(':', '/')}`,
  buildFiles: [POM],
  declaredVersion,
  writeVersion,
  // Maven reads the POM first, so that a package without its JAR is not seen.
  parts: ['jar', 'pom'],
  partOf: (file) => /\.(?<part>jar|pom)$/.exec(file)?.groups?.part,
  builtPackage,
  requirement: (name, version) => `${name}:${version}`,
};

/** Returns the parts of a name. */
export function splitName(name: string): { readonly group: string; readonly artifact: string } {
  const [group = '', artifact = ''] = name.split(':');
  return { group, artifact };
}

/** Returns the folder of a package in a repository: https://maven.apache.org/repositories/layout.html */
export function packagePath(name: string): string {
  const { group, artifact } = splitName(name);
  return `${group.replaceAll('.', '/')}/${artifact}`;
}

/** The files have the names that a repository gives them. An index reads the POM as well. */
function builtPackage(files: readonly string[], { package: name, version }: WantedPackage): BuiltPackage {
  const stem = `${splitName(name).artifact}-${version}`;
  const wanted = { version, jar: `${stem}.jar`, pom: `${stem}.pom` };
  if (files.length === 2 && files.includes(wanted.jar) && files.includes(wanted.pom)) return wanted;
  const made = files.length === 0 ? 'nothing' : files.join(', ').slice(0, 200);
  const message = `the package cannot be published: mvn package must make ${wanted.jar}, and nothing else was to be left than that and ${wanted.pom}, not ${made}; let the build change neither finalName nor version`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}
