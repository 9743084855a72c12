/** Finds the images of a repository that no Dockerfile makes. Only what a file says for certain becomes a service. */
import { bakeTarget } from '../../catalog/grammar';
import { matchInputs } from '../../input-digest/command/match-inputs';
import { folderOf, joinPath, type TreeIndex } from '../../input-digest/tree-index';
import { someOf } from '../../text/escape';
import { imageIn } from '../builds/build-file';
import { evidenceFiles, kindOf } from '../builds/evidence';
import { bakeBuilds } from '../builds/tilt-and-bake';
import { documentsOf, listOf, mapOf, yamlBuilds } from '../builds/yaml-builds';
import { commandImages } from './command-images';
import { dotnetImage, imageOfProject, isImageProject } from './dotnet';
import { goModules, packageFolder } from './go-imports';
import { appliesJib, gradleImage, imageOfGradle } from './gradle';
import { koImage, programFolder } from './ko';
import { mavenImage, readPom } from './maven';
import { isBesideDockerfile, SIGNS, toolFiles } from './signs';
import { IS_SKAFFOLD, skaffoldImages } from './skaffold';
import { arePatterns, type ImageRecipe, patternOf, RepositoryFiles, type ToolImage, type Verdict } from './tool-image';

/** The images, and one sentence for each file that tells of others. */
export interface FoundTools {
  readonly images: readonly ToolImage[];
  readonly remarks: readonly string[];
}

/** Returns the images. `texts` are those of `evidenceFiles(tree)` and `toolFiles(tree, texts)`, by blob id. */
export function readTools(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>): FoundTools {
  const files = new RepositoryFiles(tree, texts);
  const evidence = evidenceFiles(tree, texts).map(({ path }) => path);
  const others = toolFiles(tree, texts).map(({ path }) => path);
  const verdicts = [
    ...evidence.flatMap((path) => fromBuildFile(files, path)),
    ...others.flatMap((path) => fromToolFile(files, path)),
  ].map((verdict) => usable(files, verdict));
  const { images, remarks } = onePerImage(verdicts.flatMap((verdict) => ('why' in verdict ? [] : [verdict])));
  const said = verdicts.flatMap((verdict) => ('why' in verdict ? [`${verdict.file}: ${verdict.why}`] : []));
  return { images, remarks: [...new Set([...said, ...remarks, ...unreadSigns(files, others, verdicts, images)])] };
}

/** A folder has several images only if files that build them give them different names. Otherwise the first file decides. */
function onePerImage(all: readonly ToolImage[]): FoundTools {
  const images: ToolImage[] = [];
  const remarks: string[] = [];
  for (const each of all) {
    const at = images.findIndex((known) => known.place === each.place && !areTwo(known, each));
    const known = images[at];
    if (known === undefined) {
      images.push(each);
      continue;
    }
    images[at] = { ...known, image: known.image ?? each.image };
    if (known.build.tool !== each.build.tool)
      remarks.push(
        `${each.file}: ${toolName(each)} makes the same image; ${toolName(known)} is taken, as ${known.file} says`,
      );
  }
  return { images, remarks };
}

function areTwo(one: ToolImage, other: ToolImage): boolean {
  const areNamed = one.image !== undefined && other.image !== undefined;
  return one.isChosen && other.isChosen && areNamed && one.image !== other.image;
}

function toolName({ build }: ToolImage): string {
  return build.tool ?? 'a command';
}

/** Returns why a catalog cannot have the image if it cannot hold the inputs, or a plan would refuse them. */
function usable({ tree }: RepositoryFiles, verdict: Verdict): Verdict {
  if ('why' in verdict) return verdict;
  const { file, place, folder, inputs = [patternOf(folder)] } = verdict;
  if (!arePatterns(inputs))
    return { file, why: `the image of ${place} is not in the catalog, which cannot hold its path` };
  const [problem] = matchInputs(tree, { inputs, reads: [] }).problems;
  return problem === undefined ? verdict : { file, why: `the image of ${place} is not in the catalog: ${problem}` };
}

/** Skaffold, bake files, CIs and scripts. */
function fromBuildFile(files: RepositoryFiles, path: string): readonly Verdict[] {
  const text = files.text(path) ?? '';
  const kind = kindOf(path);
  if (kind === 'bake') return inlineTargets(text, path);
  // A workflow may be called after Skaffold.
  const artifacts = IS_SKAFFOLD.test(path) ? skaffoldImages(files, path) : [];
  if (kind !== 'ci' && kind !== 'script') return artifacts;
  return [...artifacts, ...commandImages(files, path, text, kind === 'ci' ? '' : folderOf(path))];
}

/** Targets whose Dockerfile is in the bake file. Bake finds two names by itself; every other is an option. */
function inlineTargets(text: string, path: string): readonly Verdict[] {
  const folder = folderOf(path);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const args = /^docker-bake\.(?:json|hcl)$/.test(name) ? {} : { args: [`--file=${name}`] };
  const { builds } = path.endsWith('.hcl') ? bakeBuilds(text, path) : yamlBuilds(text, path, {});
  return builds.flatMap(({ inline, name: target = '', context, image }): Verdict[] => {
    if (inline === undefined) return [];
    if (!bakeTarget.safeParse(target).success)
      return [{ file: path, why: `the target ${target} has a name that a catalog cannot hold` }];
    const inputs = [inline === 'context' ? context : folder, path].map(patternOf);
    return [
      {
        file: path,
        place: joinPath(folder, target),
        image,
        folder,
        build: { tool: 'bake', ...args, target },
        inputs,
        isChosen: true,
      },
    ];
  });
}

/** Files of the tools themselves. */
function fromToolFile(files: RepositoryFiles, path: string): readonly Verdict[] {
  const text = files.text(path) ?? '';
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = folderOf(path);
  const from = (place: string, image: string | undefined, recipe: ImageRecipe | string): readonly Verdict[] => [
    typeof recipe === 'string'
      ? { file: path, why: `the image of ${place === '' ? 'the root' : place} is not in the catalog: ${recipe}` }
      : { ...recipe, file: path, place, image, isChosen: false },
  ];
  if (/^\.ko\.ya?ml$/.test(name))
    return koBuilds(folder, text).flatMap(({ place, id }) => from(place, id, koImage(files, place)));
  if (/\.ya?ml$/.test(name))
    return koReferences(files, text).flatMap(({ place, image }) => from(place, image, koImage(files, place)));
  if (name === 'pom.xml') {
    const { jib, packaging } = readPom(text);
    return jib === undefined || packaging === 'pom' ? [] : from(folder, jib.image, mavenImage(files, folder));
  }
  if (name.startsWith('build.gradle')) {
    return appliesJib(text) ? from(folder, imageOfGradle(text), gradleImage(files, folder)) : [];
  }
  if (/proj$/.test(name))
    return isImageProject(text) ? from(folder, imageOfProject(text), dotnetImage(files, path)) : [];
  return name === 'nixpacks.toml' ? from(folder, undefined, { folder, build: { tool: 'nixpacks' } }) : [];
}

/** The programs of a `.ko.yaml`. Each entry of `builds` is one: https://ko.build/configuration/#overriding-go-build-settings */
function koBuilds(folder: string, text: string): readonly { place: string; id: string | undefined }[] {
  return listOf(mapOf(documentsOf(text)[0]).builds).flatMap((each) => {
    const { id, dir = '.', main = '.' } = mapOf(each);
    const place = programFolder(joinPath(folder, String(dir)), String(main));
    return place === undefined ? [] : [{ place, id: imageIn(id) }];
  });
}

/** The programs that manifests name instead of their images: `ko://example.com/shop/cmd/api`. */
function koReferences(files: RepositoryFiles, text: string): readonly { place: string; image: string | undefined }[] {
  const paths = [...text.matchAll(/\bko:\/\/([\w./~-]+)/g)].map(([, path = '']) => path);
  if (paths.length === 0) return [];
  const modules = goModules(files);
  return paths.flatMap((path) => {
    const place = packageFolder(files, modules, path);
    return place === undefined ? [] : [{ place, image: imageIn(path) }];
  });
}

/** Returns one sentence for each kind of files that tell of an image which no file describes well enough. */
function unreadSigns(
  files: RepositoryFiles,
  paths: readonly string[],
  verdicts: readonly Verdict[],
  images: readonly ToolImage[],
): readonly string[] {
  const read = new Set(verdicts.map(({ file }) => file));
  // Parents of modules, and settings of a tool for all folders below, tell of the images that were found there.
  const isKnown = (path: string, tool: string | undefined) =>
    images.some(
      ({ build, place }) =>
        build.tool === tool && `${place}/`.startsWith(folderOf(path) === '' ? '' : `${folderOf(path)}/`),
    );
  return SIGNS.flatMap(({ name, file, sign, tool }) => {
    const found = paths.filter(
      (path) =>
        file.test(path) &&
        !read.has(path) &&
        !isKnown(path, tool) &&
        sign.test(files.text(path) ?? '') &&
        !(tool === 'buildpacks' && isBesideDockerfile(files.tree, path)),
    );
    if (found.length === 0) return [];
    const cure = tool === undefined ? '' : `; if it has a service, add it with \`build: { tool: ${tool} }\``;
    return [`${someOf(found, 3)}: images that ${name} builds without a Dockerfile are not in the catalog${cure}`];
  });
}
