/** Artifacts of Skaffold that no Dockerfile makes. https://skaffold.dev/docs/references/yaml/ */
import { folderOf, joinPath } from '../../input-digest/tree-index';
import { commandBuilds } from '../builds/build-command';
import { imageIn, plainArguments, within } from '../builds/build-file';
import { documentsOf, listOf, mapOf, skaffoldArtifacts } from '../builds/yaml-builds';
import { gradleImage } from './gradle';
import { koImage, programFolder } from './ko';
import { mavenImage, modulesOf } from './maven';
import { type ImageRecipe, patternOf, type RepositoryFiles, type Verdict } from './tool-image';

export const IS_SKAFFOLD = /(?:^|\/)skaffold[^/]*\.ya?ml$/i;

/** The builder of an artifact that names none: `DefaultBuildpacksBuilderImage` in Skaffold's `constants.go`. */
const BUILDER = 'gcr.io/buildpacks/builder:v1';

type Artifact = Readonly<Record<string, unknown>>;

/** A recipe with the folder that names the service. */
type Placed = { readonly place: string; readonly recipe: ImageRecipe | string };

/** Returns what a file says about such images. An artifact of a profile counts only if no other has its image. */
export function skaffoldImages(files: RepositoryFiles, file: string): readonly Verdict[] {
  const artifacts = documentsOf(files.text(file) ?? '')
    .map(mapOf)
    .flatMap(skaffoldArtifacts);
  const seen = new Set<string>();
  return artifacts.flatMap((artifact): Verdict[] => {
    const name = String(artifact.image);
    const found = seen.has(name) ? undefined : imageOf(files, folderOf(file), artifact);
    seen.add(name);
    if (found === undefined) return [];
    const { place, recipe } = found;
    if (typeof recipe === 'string') return [{ file, why: `the image ${name} is not in the catalog: ${recipe}` }];
    return [{ ...recipe, file, place, image: imageIn(artifact.image), isChosen: true }];
  });
}

function imageOf(files: RepositoryFiles, folder: string, artifact: Artifact): Placed | undefined {
  const context = typeof artifact.context === 'string' ? within(folder, artifact.context) : folder;
  if (context === undefined) return { place: '', recipe: 'its context is outside of the repository' };
  if ('jib' in artifact) return jib(files, context, mapOf(artifact.jib));
  if ('ko' in artifact) {
    const { dir, main } = mapOf(artifact.ko);
    const place = programFolder(joinPath(context, text(dir)), text(main) || '.');
    if (place === undefined) return { place: context, recipe: 'its program is outside of the repository' };
    return { place, recipe: koImage(files, place) };
  }
  if ('buildpacks' in artifact) return { place: context, recipe: buildpacks(context, mapOf(artifact.buildpacks)) };
  if ('bazel' in artifact) return { place: context, recipe: 'Bazel makes it; write a command that does so in `build`' };
  const { buildCommand, dependencies } = mapOf(artifact.custom);
  if (typeof buildCommand !== 'string' || commandBuilds(buildCommand, context, {}).length > 0) return undefined;
  return { place: context, recipe: custom(files, context, buildCommand, mapOf(dependencies)) };
}

/** The project of a build of several is a folder, or an artifact of Maven such as `:api`. */
function jib(files: RepositoryFiles, context: string, { project, type, args }: Artifact): Placed {
  const isGradle = type === undefined ? !files.has(joinPath(context, 'pom.xml')) : type === 'gradle';
  const place = text(project) === '' ? context : projectFolder(files, context, text(project), isGradle);
  if (place === undefined) return { place: context, recipe: `there is no project ${text(project)}` };
  const recipe = isGradle ? gradleImage(files, place) : mavenImage(files, place);
  const more = listOf(args).map(String);
  if (typeof recipe === 'string' || more.length === 0) return { place, recipe };
  return { place, recipe: { ...recipe, build: { ...recipe.build, args: [...(recipe.build.args ?? []), ...more] } } };
}

function projectFolder(
  files: RepositoryFiles,
  context: string,
  project: string,
  isGradle: boolean,
): string | undefined {
  const file = isGradle ? /^build\.gradle(?:\.kts)?$/ : /^pom\.xml$/;
  const artifact = project.slice(project.lastIndexOf(':') + 1);
  const named =
    isGradle || !project.includes(':')
      ? undefined
      : modulesOf(files, context).find(({ pom }) => pom.artifact === artifact);
  const folder = named?.folder ?? within(context, project.replace(/^:/, '').replaceAll(':', '/'));
  return folder !== undefined && files.filesIn(folder).some((name) => file.test(name)) ? folder : undefined;
}

function buildpacks(folder: string, { builder, env, buildpacks: names }: Artifact): ImageRecipe | string {
  const written = [text(builder) || BUILDER, ...listOf(names).map(String)];
  if (written.some((each) => each.includes('{{'))) return 'its builder is a template';
  const variables = Object.entries(plainArguments(env)).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const isPart = variables.length < listOf(env).length * 2;
  const [image = '', ...packs] = written;
  return {
    folder,
    build: {
      tool: 'buildpacks',
      args: ['--builder', image, ...packs.flatMap((each) => ['--buildpack', each]), ...variables],
    },
    ...(isPart ? { remark: 'has env that is not written out' } : {}),
  };
}

/** Skaffold gives a command the name to push as `IMAGE`, as a job of the pipeline does. */
function custom(
  files: RepositoryFiles,
  context: string,
  command: string,
  { paths, ignore, command: list }: Artifact,
): ImageRecipe | string {
  if (command.includes('{{')) return 'its command is a template';
  if (list !== undefined) return 'a command tells its inputs; name them in `inputs`';
  const pattern = (path: unknown) => {
    const own = String(path).replace(/^\.(?:\/|$)/, '');
    return own === '' ? patternOf(context) : context === '' ? own : `${patternOf(context)}/${own}`;
  };
  const written = listOf(paths).map(pattern);
  const inputs = written.length === 0 ? [patternOf(context)] : written;
  const script = /^\.\/([\w./-]+)/.exec(command)?.[1] ?? '.';
  const own = written.length > 0 && files.has(joinPath(context, script)) ? [patternOf(joinPath(context, script))] : [];
  return {
    folder: context,
    build: { command: context === '' ? command : `cd ${quoted(context)}\n${command}`, env: { PUSH_IMAGE: 'true' } },
    inputs: [...new Set([...inputs, ...own, ...listOf(ignore).map((path) => `!${pattern(path)}`)])],
  };
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
