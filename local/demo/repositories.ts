/** The repositories of a demonstration: the sample monorepo, or a clone of somebody's own. And the settings of a local pipeline. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { runGit } from '../../adapters/git/local/git-command';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { cloneRepository, type LocalRepository, openRepository } from '../../adapters/git/local/repository';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { catalogFiles, fileWithMost } from '../../core/catalog-init/chart-tags';
import { tagFiles } from '../../core/catalog-init/tag-files';
import { InvalidInputError, unreadableFile } from '../../core/contract/errors';
import { ONLY_ENVIRONMENT } from '../../core/contract/run-input';
import { indexTree } from '../../core/input-digest/tree-index';
import type { Environment } from '../../core/settings/environment-schema';
import type { SettingsInput } from '../../core/settings/schema';
import { shellCommand } from '../../core/text/escape';
import { sampleEnvironments } from './environments';
import { commitAll, makeSampleMonorepo } from './sample/sample-monorepo';
import { deployedScenes, ownScenes, type Scene, sampleScenes } from './scenes';

/** Makes a bare repository with the sample Cloud-Tuner monorepo on `main`. */
export async function makeSampleRepository(repository: string, catalogText: string, valuesFile: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sample-monorepo-'));
  try {
    await makeSampleMonorepo({ directory, catalogText, valuesFile });
    await commitAll(directory, 'sample Cloud-Tuner monorepo');
    await cloneRepository(directory, repository);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the settings of a local pipeline. `registry` is the host of both releases and candidates. */
export function localSettings(options: {
  readonly repository: string;
  /** The repository with the values files, if it is another one. */
  readonly valuesRepository?: { readonly path: string; readonly branch: string } | undefined;
  readonly registry: string;
  readonly plainHttp?: readonly string[];
  /** The values file, or values files by name; undefined for a repository without a chart. */
  readonly values: Environment['values'];
  readonly namespace: string;
  readonly branch?: string;
  /** The address of the embedded cluster, to which the sample's environments are deployed. */
  readonly cluster?: string | undefined;
}): SettingsInput {
  const own = options.branch;
  const { path, branch } = options.valuesRepository ?? {};
  return {
    git: { host: 'local', path: options.repository },
    ...(path === undefined ? {} : { valuesRepository: { git: { host: 'local', path }, branch } }),
    ...environmentsOf(options.values, options.cluster),
    releases: { host: options.registry, namespace: options.namespace },
    candidates: { host: options.registry, repository: 'candidates' },
    plainHttp: [...(options.plainHttp ?? [])],
    ...(own === undefined
      ? {}
      : { branches: [{ branch: own, allow: ['push', 'release', 'build'], version: '{version}-dev' }] }),
  };
}

function environmentsOf(
  values: Environment['values'],
  cluster: string | undefined,
): Pick<SettingsInput, 'environments' | 'valuesFile'> {
  if (typeof values !== 'string') {
    const named = values === undefined ? {} : { values };
    return { environments: [{ name: ONLY_ENVIRONMENT, ...named, lock: 'version-lock.yaml' }] };
  }
  return cluster === undefined ? { valuesFile: values } : sampleEnvironments(cluster, values);
}

const CATALOG_FILE = 'pipeline.yaml';
const SAMPLE_CATALOG = resolve(__dirname, '../../catalogs/cloud-tuner.yaml');
const SAMPLE_VALUES = 'cloud-tuner-dev/values.yaml';

/** A repository for a demonstration, read and checked; nothing is written before `make`. */
export interface DemoRepository {
  /** Names the home. */
  readonly name: string;
  /** The repository that the person named; undefined for the sample. */
  readonly opened: LocalRepository | undefined;
  readonly catalogText: string;
  /** The values file, or values files by name; undefined for a repository without a chart. */
  readonly values: Environment['values'];
  readonly namespace: string;
  readonly branch?: string;
  /** The branch of the values repository; undefined if the repository itself has the values file. */
  readonly valuesBranch?: string;
  /** True if its environments are deployed to the embedded cluster. */
  readonly isDeployed?: boolean;
  /** Makes the bare repository that the pipeline works on, with the catalog, and that of the values files at `values`, if it is another one. */
  make(to: string, values: string): Promise<void>;
  scenes(repository: string): readonly Scene[];
}

/** Returns the sample Cloud-Tuner monorepo. */
export async function readSample(): Promise<DemoRepository> {
  const catalogText = await readFile(SAMPLE_CATALOG, 'utf8');
  return {
    name: 'demo',
    opened: undefined,
    catalogText,
    values: SAMPLE_VALUES,
    namespace: 'invincibledocker24',
    isDeployed: true,
    make: (to) => makeSampleRepository(to, catalogText, SAMPLE_VALUES),
    scenes: (repository) => {
      const git = createLocalGitHost(repository);
      const sample = { git, repository, catalogFile: CATALOG_FILE, valuesFile: SAMPLE_VALUES };
      return [...sampleScenes(git, repository, CATALOG_FILE), ...deployedScenes(sample)];
    },
  };
}

interface OwnOptions {
  readonly repo: string;
  readonly ref?: string;
  /** A file on disk that is put into the clone; without it the repository's own catalog is used. */
  readonly catalog?: string;
  readonly values?: string;
  /** The repository with the values file; default: `repo`. */
  readonly valuesRepo?: string;
}

/** Reads the repository of a demonstration: somebody's own, or the sample. Throws `InvalidInput` or `InvalidCatalog`. */
export function readDemoRepository({ repo, valuesRepo, ...options }: Partial<OwnOptions>): Promise<DemoRepository> {
  const values = valuesRepo === undefined ? {} : { valuesRepo: resolve(valuesRepo) };
  if (repo !== undefined) return readOwnRepository({ ...options, repo: resolve(repo), ...values });
  if (valuesRepo === undefined) return readSample();
  const message = 'is given without --repo; the sample has its values file in its own repository';
  throw new InvalidInputError('the demonstration cannot be made', [{ path: '--values-repo', message }]);
}

/** Reads and checks somebody's own repository. Throws `InvalidInput` or `InvalidCatalog`. */
export async function readOwnRepository(options: OwnOptions): Promise<DemoRepository> {
  const { repo } = options;
  const opened = await openRepository(repo);
  const branch = options.ref ?? (await currentBranch(opened));
  const git = createLocalGitHost(repo);
  const head = await git.resolve(`refs/heads/${branch}`);
  const entries = await git.tree(head);
  const present = (await git.readFiles(head, [CATALOG_FILE])).get(CATALOG_FILE);
  const catalogText = await chooseCatalog(options, present);
  const catalog = parseCatalog(catalogText);
  const values = options.valuesRepo === undefined ? undefined : await readHead(options.valuesRepo);
  const place = values ?? { repo, git, head, entries };
  const chart = await findValuesFile(place, catalog, { ...options, repo: place.repo });
  const files = catalogText === present ? [] : [{ path: CATALOG_FILE, content: catalogText }];
  const name = folderName(opened.path);
  return {
    name,
    opened,
    catalogText,
    values: chart,
    namespace: name,
    branch,
    ...(values === undefined ? {} : { valuesBranch: values.branch }),
    make: async (to, valuesTo) => {
      await cloneRepository(opened.path, to);
      if (values !== undefined) await cloneRepository(values.opened.path, valuesTo);
      const message = 'add what the pipeline needs';
      if (files.length > 0) await createLocalGitHost(to).commit({ branch, parent: head, files, message });
    },
    scenes: () => ownScenes(catalog.platformVersion, branch),
  };
}

/** Reads the head of the branch that is checked out in a values repository. */
async function readHead(repo: string) {
  const opened = await openRepository(repo);
  const branch = await currentBranch(opened, '--values-repo');
  const git = createLocalGitHost(repo);
  const head = await git.resolve(`refs/heads/${branch}`);
  return { repo, opened, branch, git, head, entries: await git.tree(head) };
}

type Head = Awaited<ReturnType<typeof readHead>>;

/** A name that serves as folder and as namespace of images. */
function folderName(path: string): string {
  const plain = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return plain || 'own';
}

async function chooseCatalog({ catalog, repo }: OwnOptions, present: string | undefined): Promise<string> {
  if (catalog !== undefined) {
    return readFile(catalog, 'utf8').catch((cause: Error) => {
      const message = `${unreadableFile(cause)}; name another file with --catalog FILE`;
      throw new InvalidInputError('the catalog cannot be read', [{ path: catalog, message }]);
    });
  }
  if (present !== undefined) return present;
  const message = `is not in ${repo}; name one with --catalog FILE, or make one: ${shellCommand('npx', 'pipeline', 'catalog', 'init', '--repo', repo, '--out', 'FILE')}`;
  throw new InvalidInputError('there is no catalog', [{ path: CATALOG_FILE, message }]);
}

async function currentBranch({ path }: LocalRepository, option = '--repo'): Promise<string> {
  const { stdout, exitCode } = await runGit(path, ['symbolic-ref', '--quiet', '--short', 'HEAD'], { accept: [1] });
  if (exitCode === 0) return stdout.toString('utf8').trim();
  const cure = option === '--repo' ? 'name one with --ref' : 'check one out';
  const message = `${path} has no branch checked out; ${cure}`;
  throw new InvalidInputError('the repository cannot be used', [{ path: option, message }]);
}

/**
 * Returns the given values file, or the files with the catalog's tags as `catalog check` finds them, by name if the catalog names them; undefined if no
 * file has tags.
 */
async function findValuesFile(
  { git, head, entries }: Pick<Head, 'git' | 'head' | 'entries'>,
  catalog: Catalog,
  { repo, values }: OwnOptions,
): Promise<Environment['values'] | undefined> {
  if (values !== undefined) {
    if (entries.some(({ path }) => path === values)) return values;
    throw refuseValues(`${values} is not in ${repo}; name a file of that commit`);
  }
  const tree = indexTree(entries);
  const kinds = tagFiles(tree);
  const texts = await git.readFiles(
    head,
    kinds.flat().map(({ path }) => path),
  );
  const blobs = kinds.flat().map(({ path, id }) => [id, Buffer.from(texts.get(path) ?? '')] as const);
  const found = catalogFiles(catalog, tree, new Map(blobs));
  const places = catalog.services.flatMap((service) => service.values);
  const names = new Set(places.flatMap((place) => (typeof place === 'string' ? [] : [place.file])));
  const missing = [...names].filter((name) => !found.some((file) => file.name === name));
  if (missing.length > 0) {
    throw refuseValues(
      `the catalog names the values files ${missing.join(', ')}, and no chart, kustomization, manifest or compose file has such a name`,
    );
  }
  if (names.size > 0) return Object.fromEntries(found.map(({ name = '', path }) => [name, path]));
  const plain = places.filter((place) => typeof place === 'string');
  const tagged = [...texts].filter((file) => fileWithMost(new Map([file]), plain) !== undefined).map(([path]) => path);
  const possible = tagged.length > 0 ? tagged : (kinds[0] ?? []).map(({ path }) => path);
  if (found.length === 0 && possible.length > 0 && places.length > 0) {
    throw refuseValues(
      `${repo} has several values files: ${possible.slice(0, 8).join(', ')}; choose one with --values FILE`,
    );
  }
  return found[0]?.path;
}

function refuseValues(message: string): InvalidInputError {
  return new InvalidInputError('the values file cannot be chosen', [{ path: '--values', message }]);
}
