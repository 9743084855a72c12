/** Versions of Maven packages. */
import type { VersionGrammar } from '../../version/module-version';
import { SEMANTIC } from '../../version/semantic-version';

/**
 * The words that Maven takes for a pre-release, in their order, which is that of letters, too. It puts any other word after the release:
 * https://maven.apache.org/pom.html#version-order-specification
 */
const PRERELEASES = ['alpha', 'beta', 'milestone', 'rc'];

/** Semantic versions, without pre-releases that Maven would take for something newer than the release. */
export const MAVEN_VERSIONS: VersionGrammar = {
  parse: (text) => {
    const version = SEMANTIC.parse(text);
    return version?.pre === undefined || PRERELEASES.includes(version.pre.letter) ? version : undefined;
  },
  print: SEMANTIC.print,
};
