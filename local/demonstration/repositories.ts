/** Makes the bare repository that a local pipeline works on: a sample, or a clone of somebody's own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from '../../adapters/git/git-command';
import { createLocalGitHost } from '../../adapters/git/local-git-host';
import { InvalidInputError } from '../../core/errors';
import type { SettingsInput } from '../../core/settings';
import { makeSampleMonorepo } from '../sample/make-sample-monorepo';
import { commitAll } from '../sample/sample-git';

/** Cloning from a folder of this machine is what is meant here, and only here. */
const FROM_DISK = ['-c', 'protocol.file.allow=always'];

/** A bare repository with the sample Cloud-Tuner monorepo on `main`. */
export async function makeSampleRepository(repository: string, catalogText: string, valuesFile: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sample-monorepo-'));
  try {
    await makeSampleMonorepo({ directory, catalogText, valuesFile });
    await commitAll(directory, 'sample Cloud-Tuner monorepo');
    await cloneBare(directory, repository);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What was found in somebody's own repository. */
export interface OwnRepository {
  readonly branch: string;
  readonly catalogText: string;
  readonly valuesFile: string;
}

/** How to use somebody's own repository. `catalog` is a file on disk that is put into the clone; without it the repository's own is used. */
export interface OwnOptions {
  readonly repo: string;
  readonly repository: string;
  readonly ref?: string;
  readonly catalog?: string;
  readonly values?: string;
  readonly catalogFile: string;
}

/** Clones it, so that the repository itself is only ever read, and puts the catalog in. */
export async function cloneOwnRepository(options: OwnOptions): Promise<OwnRepository> {
  const { repo, repository } = options;
  const branch = options.ref ?? (await currentBranch(repo));
  await cloneBare(repo, repository);
  const git = createLocalGitHost(repository);
  const head = await git.resolve(`refs/heads/${branch}`);
  const paths = (await git.tree(head)).map((entry) => entry.path);
  const catalogText = await putCatalog(options, branch, head);
  return { branch, catalogText, valuesFile: options.values ?? findValuesFile(paths, repo) };
}

async function putCatalog(
  { repository, catalog, catalogFile, repo }: OwnOptions,
  branch: string,
  head: string,
): Promise<string> {
  const git = createLocalGitHost(repository);
  const present = (await git.readFiles(head, [catalogFile])).get(catalogFile);
  if (catalog === undefined) {
    if (present !== undefined) return present;
    const message = `is not in ${repo}; name a catalog with --catalog FILE`;
    throw new InvalidInputError('there is no catalog', [{ path: catalogFile, message }]);
  }
  const content = await readFile(catalog, 'utf8').catch((cause: Error) => {
    throw new InvalidInputError('the catalog cannot be read', [{ path: '--catalog', message: cause.message }]);
  });
  const files = [{ path: catalogFile, content }];
  if (present !== content) await git.commit({ branch, parent: head, files, message: 'add the catalog' });
  return content;
}

async function currentBranch(repo: string): Promise<string> {
  const { stdout, exitCode } = await runGit(repo, ['symbolic-ref', '--quiet', '--short', 'HEAD'], { accept: [1, 128] });
  if (exitCode === 0) return stdout.toString('utf8').trim();
  const message = `${repo} is no git repository with a branch checked out; name a repository, and a branch with --ref`;
  throw new InvalidInputError('the repository cannot be used', [{ path: '--repo', message }]);
}

/** The one values.yaml of a chart, or an error that lists what there is. */
function findValuesFile(paths: readonly string[], repo: string): string {
  const charts = new Set(
    paths.filter((path) => /(^|\/)Chart\.yaml$/.test(path)).map((path) => path.replace(/Chart\.yaml$/, '')),
  );
  const found = paths.filter((path) => path.endsWith('values.yaml') && charts.has(path.replace(/values\.yaml$/, '')));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const message =
    found.length === 0
      ? `there is no chart with a values.yaml in ${repo}`
      : `${repo} has several: ${found.slice(0, 8).join(', ')}`;
  throw new InvalidInputError('it is not clear which values file to move', [
    { path: '--values', message: `${message}; name one with --values FILE` },
  ]);
}

async function cloneBare(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await runGit('.', [...FROM_DISK, 'clone', '--quiet', '--bare', '--no-hardlinks', '--', from, to]);
}

/** Settings of a local pipeline. `registry` is its host, for releases and candidates alike. */
export function localSettings(options: {
  readonly repository: string;
  readonly registry: string;
  readonly valuesFile: string;
  readonly namespace: string;
  readonly branch?: string;
}): SettingsInput {
  const own = options.branch;
  return {
    git: { host: 'local', path: options.repository },
    valuesFile: options.valuesFile,
    releases: { host: options.registry, namespace: options.namespace },
    candidates: { host: options.registry, repository: 'candidates' },
    ...(own === undefined
      ? {}
      : { branches: [{ branch: own, allow: ['push', 'release', 'build'], version: '{version}-dev' }] }),
  };
}
