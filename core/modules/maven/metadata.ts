/** `maven-metadata.xml` of a package: the versions that a repository has. Maven reads it for ranges, and for no exact version. */
import { compareModuleVersions } from '../../version/module-version';
import { MAVEN, splitName } from './maven';
import { MAVEN_VERSIONS } from './maven-version';

/** Returns the file: https://maven.apache.org/repositories/metadata.html. `latest` and `release` are the highest release; missing without one. */
export function printMetadata(name: string, versions: readonly string[]): string {
  const { group, artifact } = splitName(name);
  const highest = versions
    .flatMap((text) => {
      const version = MAVEN.isDevelopment(text) ? undefined : MAVEN_VERSIONS.parse(text);
      return version === undefined ? [] : [{ text, version }];
    })
    .sort((a, b) => compareModuleVersions(a.version, b.version))
    .at(-1)?.text;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<metadata>',
    `  <groupId>${group}</groupId>`,
    `  <artifactId>${artifact}</artifactId>`,
    '  <versioning>',
    ...(highest === undefined ? [] : [`    <latest>${highest}</latest>`, `    <release>${highest}</release>`]),
    '    <versions>',
    ...versions.map((version) => `      <version>${version}</version>`),
    '    </versions>',
    '  </versioning>',
    '</metadata>',
    '',
  ].join('\n');
}
