/** Files that tell of images without a Dockerfile, and what in them does. */
import { findEntry, folderOf, joinPath, type TreeIndex } from '../../input-digest/tree-index';
import type { TreeEntry } from '../../ports/git';
import { evidenceFiles } from '../builds/evidence';
import { isForeignFile } from '../detect';

interface Sign {
  readonly name: string;
  readonly file: RegExp;
  /** What a file of a built image contains. */
  readonly sign: RegExp;
  /** How to add such an image by hand; undefined if no tool of the catalog makes it. */
  readonly tool?: string;
}

export const SIGNS: readonly Sign[] = [
  { name: 'Jib', file: /(?:^|\/)pom\.xml$/, sign: /jib-maven-plugin/, tool: 'jib-maven' },
  {
    name: 'Jib',
    file: /(?:^|\/)build\.gradle(?:\.kts)?$/,
    sign: /['"]com\.google\.cloud\.tools\.jib['"]|jib-gradle-plugin:\d/,
    tool: 'jib-gradle',
  },
  {
    name: 'Spring Boot',
    file: /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$/,
    sign: /<goal>build-image|bootBuildImage/,
  },
  {
    name: 'the .NET SDK',
    file: /(?:\.(?:cs|fs|vb)proj|(?:^|\/)Directory\.Build\.(?:props|targets))$/,
    sign: /<(?:ContainerRepository|ContainerImageName|EnableSdkContainerSupport|EnableSdkContainerDebugging|ContainerBaseImage|ContainerFamily)>|Microsoft\.NET\.Build\.Containers|Sdk="Aspire\.AppHost\.Sdk|<Sdk Name="Aspire\.AppHost\.Sdk|<IsAspireHost>/,
    tool: 'dotnet',
  },
  { name: 'ko', file: /(?:^|\/)\.ko\.ya?ml$/, sign: /./, tool: 'ko' },
  {
    name: 'Buildpacks',
    file: /(?:^|\/)project\.toml$/,
    sign: /\[\[?(?:io\.)?build(?:packs)?[.\]]/,
    tool: 'buildpacks',
  },
  { name: 'Buildpacks', file: /(?:^|\/)Procfile$/, sign: /^\w+:/m, tool: 'buildpacks' },
  { name: 'Nixpacks', file: /(?:^|\/)nixpacks\.toml$/, sign: /./, tool: 'nixpacks' },
  { name: 'Bazel', file: /(?:^|\/)BUILD(?:\.bazel)?$/, sign: /\b(?:oci_image|container_image|docker_build)\(/ },
];

/** Files that tools read with the ones above, to find what an image is made of. */
const BESIDE = /(?:^|\/)(?:settings\.gradle(?:\.kts)?|go\.mod|go\.work|[^/]*\.projitems)$/;

const MAX_FILES = 3000;

const MAX_GO_FILES = 5000;

/** How a text tells that ko makes images: an artifact of Skaffold, or a command. */
const OF_KO = /\bko:|\bko\s+(?:build|publish)\s/;

/**
 * Returns the files that may tell of such images. `readTools` needs their texts. With the texts of the first call, a second one returns
 * more: the manifests and Go files of a repository that uses ko.
 */
export function toolFiles(tree: TreeIndex, texts: ReadonlyMap<string, Buffer> = new Map()): readonly TreeEntry[] {
  const own = tree.entries.filter(({ path, mode }) => mode.startsWith('100') && !isForeignFile(path));
  const usual = own.filter(({ path }) => BESIDE.test(path) || SIGNS.some(({ file }) => file.test(path)));
  const hasSettings = usual.some(({ path }) => /(?:^|\/)\.ko\.ya?ml$/.test(path));
  const usesKo = hasSettings || evidenceFiles(tree).some(({ id }) => OF_KO.test(texts.get(id)?.toString('utf8') ?? ''));
  const manifests = hasSettings ? own.filter(({ path }) => /\.ya?ml$/.test(path)) : [];
  const sources = usesKo ? own.filter(({ path }) => path.endsWith('.go') && !path.endsWith('_test.go')) : [];
  return [...new Set([...usual, ...manifests])].slice(0, MAX_FILES).concat(sources.slice(0, MAX_GO_FILES));
}

/** A Procfile and the settings of Buildpacks say nothing beside a Dockerfile. */
export function isBesideDockerfile(tree: TreeIndex, path: string): boolean {
  return findEntry(tree, joinPath(folderOf(path), 'Dockerfile')) !== undefined;
}
