/** Finds images that are built without a Dockerfile, which a catalog cannot have: by Jib, the .NET SDK, ko, Buildpacks or Bazel. */
import type { TreeIndex } from '../../input-digest/tree-index';
import type { TreeEntry } from '../../ports/git';
import { FOREIGN_FOLDER } from '../detect';

interface Builder {
  readonly name: string;
  readonly file: RegExp;
  /** What a file of a built image contains. */
  readonly sign: RegExp;
}

const BUILDERS: readonly Builder[] = [
  {
    name: 'Jib',
    file: /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$/,
    sign: /jib-maven-plugin|com\.google\.cloud\.tools\.jib/,
  },
  {
    name: 'Spring Boot',
    file: /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$/,
    sign: /<goal>build-image|bootBuildImage/,
  },
  {
    name: 'the .NET SDK',
    file: /\.csproj$/,
    sign: /<(?:ContainerRepository|ContainerImageName|EnableSdkContainerSupport|EnableSdkContainerDebugging|ContainerBaseImage)>|Microsoft\.NET\.Build\.Containers|Sdk="Aspire\.AppHost\.Sdk|<Sdk Name="Aspire\.AppHost\.Sdk|<IsAspireHost>/,
  },
  { name: 'ko', file: /(?:^|\/)\.ko\.ya?ml$/, sign: /./ },
  { name: 'Buildpacks', file: /(?:^|\/)project\.toml$/, sign: /\[\[?(?:io\.)?build(?:packs)?[.\]]/ },
  { name: 'Bazel', file: /(?:^|\/)BUILD(?:\.bazel)?$/, sign: /\b(?:oci_image|container_image|docker_build)\(/ },
];

const MAX_FILES = 1000;

const MAX_BYTES = 300_000;

/** Returns the files that may tell of such images. `otherBuilders` needs their texts. */
export function builderFiles(tree: TreeIndex): readonly TreeEntry[] {
  const isCandidate = ({ path, mode }: TreeEntry) =>
    mode.startsWith('100') &&
    BUILDERS.some(({ file }) => file.test(path)) &&
    !path
      .split('/')
      .slice(0, -1)
      .some((part) => FOREIGN_FOLDER.test(part));
  return tree.entries.filter(isCandidate).slice(0, MAX_FILES);
}

/** Returns one sentence for each builder, with its files. */
export function otherBuilders(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>): readonly string[] {
  const files = builderFiles(tree).map(({ path, id }) => ({ path, text: texts.get(id) }));
  return BUILDERS.flatMap(({ name, file, sign }) => {
    const found = files.filter(
      ({ path, text }) =>
        file.test(path) && text !== undefined && text.length <= MAX_BYTES && sign.test(text.toString('utf8')),
    );
    if (found.length === 0) return [];
    const shown = found
      .slice(0, 3)
      .map(({ path }) => path)
      .join(', ');
    const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
    return [`${shown}${more}: images that ${name} builds without a Dockerfile are not in the catalog`];
  });
}
