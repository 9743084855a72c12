/** Reads the builds of compose, Skaffold and CI files. */
import { parseAllDocuments } from 'yaml';
import { folderOf, joinPath } from '../../input-digest/tree-index';
import { commandBuilds } from './build-command';
import { type BuildFile, buildIn, type FoundBuild, plainArguments } from './build-file';
import { bakeJsonBuilds, contextNames, rowsOf } from './tilt-and-bake';

type Values = Readonly<Record<string, unknown>>;

const MAX_ALIASES = 1000;

const NOTHING: BuildFile = { builds: [], remarks: [] };

/** Returns the builds of a file in YAML or JSON. `variables` are those of the `.env` beside a compose file. */
export function yamlBuilds(text: string, path: string, variables: Readonly<Record<string, string>>): BuildFile {
  const files = documentsOf(text).map((file) => readDocument(file, path, variables));
  return { builds: files.flatMap(({ builds }) => builds), remarks: files.flatMap(({ remarks }) => remarks) };
}

function readDocument(file: unknown, path: string, variables: Readonly<Record<string, string>>): BuildFile {
  const map = mapOf(file);
  if ('target' in map && /bake/.test(path)) return bakeJsonBuilds(map, path);
  if (/^skaffold\//.test(String(map.apiVersion))) return skaffoldBuilds(map, path);
  if (IS_CI.test(path)) return { builds: [...ciBuilds(map)], remarks: [] };
  if (/(^|\/)skaffold[^/]*$/.test(path)) return skaffoldBuilds(map, path);
  return 'services' in map ? composeBuilds(map, path, variables) : NOTHING;
}

/** Files of CIs. Their paths are relative to the repository's root, wherever they are. */
export const IS_CI =
  /^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$|^\.gitlab\/.+\.ya?ml$|^\.circleci\/config\.ya?ml$|^\.buildkite\/[^/]+\.ya?ml$|(?:^|\/)azure-pipelines[^/]*\.ya?ml$|(?:^|\/)cloudbuild[^/]*\.(?:ya?ml|json)$|^bitbucket-pipelines\.ya?ml$|^\.drone\.ya?ml$/i;

/** Returns the documents of a file in YAML or JSON, without those that have an error. */
export function documentsOf(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return [];
    try {
      return [document.toJS({ maxAliasCount: MAX_ALIASES })];
    } catch (error) {
      // The package throws ReferenceError, and nothing else, for aliases that lead nowhere or to too much.
      if (error instanceof ReferenceError) return [];
      throw error;
    }
  });
}

/** A service of a compose file is built in the folder of the file. Its variables come from `.env` there. */
function composeBuilds({ services }: Values, path: string, variables: Readonly<Record<string, string>>): BuildFile {
  const folder = folderOf(path);
  const all = Object.entries(mapOf(withTexts(services, (text) => interpolated(text, variables)))).map(
    ([name, value]) => {
      const service = mapOf(value);
      const build = typeof service.build === 'string' ? { context: service.build } : mapOf(service.build);
      return { name, image: service.image, isBuilt: 'build' in service, ...build } as Values & {
        readonly name: string;
      };
    },
  );
  const bases = contextNames(all);
  const builds = all.flatMap(
    ({ name, image, isBuilt, context = '.', dockerfile, target, args, dockerfile_inline: inline }) =>
      isBuilt !== true || inline !== undefined
        ? []
        : buildIn(folder, { context, dockerfile, target, args, name, image: image ?? bases.get(name) }),
  );
  return { builds, remarks: [] };
}

/** Returns a text in which `$NAME`, `${NAME}` and `${NAME:-default}` are replaced as Compose does, as far as they are known. */
function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$(?:(\w+)|\{(\w+)(?:(:?)-([^{}]*))?\})/g, (all, plain, braced, colon, otherwise) => {
    if (all === '$$') return '$';
    const found = variables[plain ?? braced];
    return (found === '' && colon === ':' ? undefined : found) ?? otherwise ?? all;
  });
}

/** Returns a value with every text in it replaced. What an alias refers to many times is replaced once. */
function withTexts(value: unknown, replace: (text: string) => string, done: Map<object, unknown> = new Map()): unknown {
  if (typeof value === 'string') return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  const result: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
  done.set(value, result);
  for (const [key, each] of Object.entries(value)) Object.assign(result, { [key]: withTexts(each, replace, done) });
  return result;
}

/** Returns the variables of an `.env` file. */
export function envVariables(text: string): Readonly<Record<string, string>> {
  const known: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const quoted = /^'([^']*)'|^"([^"]*)"/.exec(value);
    const plain = quoted === null ? value.replace(/(^|\s+)#.*$/, '') : (quoted[1] ?? quoted[2] ?? '');
    known[name] = quoted?.[1] ?? String(interpolated(plain, known));
  }
  return known;
}

/** What makes an artifact of Skaffold without a Dockerfile. `tools/skaffold.ts` reads these. */
const OTHER_BUILDERS = ['jib', 'ko', 'buildpacks', 'bazel'] as const;

/** Returns the artifacts of a document of Skaffold, then those of its profiles. */
export function skaffoldArtifacts({ build, profiles }: Values): readonly Values[] {
  const builds = [build, ...listOf(profiles).map((profile) => mapOf(profile).build)];
  return builds.flatMap((each) => listOf(mapOf(each).artifacts)).map(mapOf);
}

function skaffoldBuilds(file: Values, path: string): BuildFile {
  const folder = folderOf(path);
  const builds = skaffoldArtifacts(file).flatMap((artifact) => {
    if (OTHER_BUILDERS.some((builder) => builder in artifact)) return [];
    const { context = '.', image, requires } = artifact;
    const custom = mapOf(artifact.custom).buildCommand;
    if (typeof custom === 'string') {
      return commandBuilds(custom, joinPath(folder, String(context)), {}).map((build) => ({
        ...build,
        name: String(image),
      }));
    }
    const { dockerfile, target, buildArgs } = mapOf(artifact.docker ?? artifact.kaniko);
    // The alias of another artifact is a build argument with the name of its image.
    const aliases = listOf(requires)
      .map(mapOf)
      .flatMap((each) => (each.alias === undefined ? [] : [[each.alias, each.image]]));
    const args = { ...plainArguments(buildArgs), ...Object.fromEntries(aliases) };
    return buildIn(folder, { context, dockerfile, target, args, name: String(image), image });
  });
  return { builds, remarks: [] };
}

/**
 * Finds the builds of a CI: maps with a context and a Dockerfile, such as the inputs of docker/build-push-action, and command lines. A job
 * with a matrix is read once for each combination.
 */
function* ciBuilds(file: Values): Generator<FoundBuild> {
  const shared = plainArguments(file.variables ?? file.env);
  const jobs = Object.values({ ...mapOf(file.jobs), ...(file.jobs === undefined ? file : {}) });
  for (const job of jobs) {
    const { strategy, parallel, variables, env } = mapOf(job);
    const own = { ...shared, ...plainArguments(variables), ...plainArguments(env) };
    for (const row of combinations(mapOf(strategy).matrix ?? mapOf(parallel).matrix)) {
      yield* walk(
        withTexts(job, (text) => substituted(text, row)),
        { ...own, ...plainArguments(row) },
      );
    }
  }
}

/** A matrix is a map of lists, perhaps with `include` (GitHub), or a list of such maps (GitLab). */
function combinations(matrix: unknown): readonly Values[] {
  if (Array.isArray(matrix)) return matrix.flatMap((each) => rowsOf(each));
  const { include, exclude: _, ...axes } = mapOf(matrix);
  const rows = Object.keys(axes).length === 0 ? [] : rowsOf(axes);
  const included = listOf(include).map(mapOf);
  return rows.length + included.length === 0 ? [{}] : [...rows, ...included];
}

/** Replaces `${{ matrix.name }}` and `${{ matrix.name.key }}`. */
function substituted(text: string, row: Values): string {
  return text.replace(/\$\{\{\s*matrix\.([\w.-]+)\s*\}\}/g, (all, name: string) => {
    const found = name.split('.').reduce<unknown>((map, key) => mapOf(map)[key], row);
    return /^(string|number)$/.test(typeof found) ? String(found) : all;
  });
}

function* walk(
  value: unknown,
  variables: Readonly<Record<string, string>>,
  seen: Set<object> = new Set(),
): Generator<FoundBuild> {
  if (typeof value === 'string') yield* commandBuilds(value, '', variables);
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  // Aliases can refer to a value many times, and to a value that contains them.
  seen.add(value);
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each === 'string')) yield* commandBuilds(scriptOf(value), '', variables);
    else for (const each of value) yield* walk(each, variables, seen);
    return;
  }
  const {
    uses,
    with: inputs,
    context,
    file,
    dockerfile,
    target,
    tags,
    'build-args': args,
    'working-directory': folder,
    run,
  } = value as Values;
  if (/build-push-action/.test(String(uses)))
    yield* walk({ context: '.', tags: '', ...mapOf(inputs) }, variables, seen);
  else if (context !== undefined && (file ?? dockerfile ?? tags) !== undefined) {
    yield* buildIn('', { context, dockerfile: file ?? dockerfile, fromFolder: true, target, args, image: tags });
  }
  if (typeof run === 'string' && typeof folder === 'string') yield* commandBuilds(run, folder, variables);
  else for (const each of Object.values(value)) yield* walk(each, variables, seen);
}

/** The lines of a script are one shell; the words of a program are one command, whose name Cloud Build has elsewhere. */
function scriptOf(words: readonly string[]): string {
  if (words[0] === 'build') return `docker ${words.join(' ')}`;
  return words.join(/^\w+$/.test(words[0] ?? '') ? ' ' : '\n');
}

/** Returns a map as it is, and an empty one for every other value. */
export function mapOf(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

/** Returns a list as it is, and an empty one for every other value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
