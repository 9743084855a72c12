/** The sample repository of a local pipeline, and the settings of one. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Document } from 'yaml';
import { runGit } from '../../adapters/git/local/git-command';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../core/contract/errors';
import type { SettingsInput } from '../../core/settings/schema';
import { parseValuesPath } from '../../core/values/values-path';
import { commitAll, makeSampleMonorepo } from './sample/sample-monorepo';

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

// Makes the bare repository of a local pipeline out of somebody's own, which is only read.

/** The values file that is made for a repository without a chart. */
const MADE_VALUES_FILE = 'image-versions/values.yaml';

/** What was found in somebody's own repository. */
interface OwnRepository {
  readonly branch: string;
  readonly catalogText: string;
  readonly valuesFile: string;
}

/** How to use somebody's own repository. `catalog` is a file on disk that is put into the clone; without it the repository's own is used. */
interface OwnOptions {
  readonly repo: string;
  readonly repository: string;
  readonly ref?: string;
  readonly catalog?: string;
  readonly values?: string;
  readonly catalogFile: string;
}

/** Clones it, and puts into the clone what it lacks: the given catalog, and a values file if there is no chart. */
export async function cloneOwnRepository(options: OwnOptions): Promise<OwnRepository> {
  const { repo, repository, catalogFile } = options;
  const branch = options.ref ?? (await currentBranch(repo));
  await cloneBare(repo, repository);
  const git = createLocalGitHost(repository);
  const head = await git.resolve(`refs/heads/${branch}`);
  const paths = (await git.tree(head)).map((entry) => entry.path);
  const present = (await git.readFiles(head, [catalogFile])).get(catalogFile);
  const catalogText = await chooseCatalog(options, present);
  const chart = options.values ?? findValuesFile(paths, repo);
  const made = chart === undefined ? [{ path: MADE_VALUES_FILE, content: makeValues(parseCatalog(catalogText)) }] : [];
  const files = [...(catalogText === present ? [] : [{ path: catalogFile, content: catalogText }]), ...made];
  const message = 'add what the pipeline needs';
  if (files.length > 0) await git.commit({ branch, parent: head, files, message });
  return { branch, catalogText, valuesFile: chart ?? MADE_VALUES_FILE };
}

async function chooseCatalog({ catalog, catalogFile, repo }: OwnOptions, present: string | undefined): Promise<string> {
  if (catalog !== undefined) {
    return readFile(catalog, 'utf8').catch((cause: Error) => {
      throw new InvalidInputError('the catalog cannot be read', [{ path: '--catalog', message: cause.message }]);
    });
  }
  if (present !== undefined) return present;
  const message = `is not in ${repo}; name a catalog with --catalog FILE, or make one with: catalog init --repo ${repo}`;
  throw new InvalidInputError('there is no catalog', [{ path: catalogFile, message }]);
}

/** One tag per service at the catalog's paths. Paths into lists cannot be made up, and are refused by the plan. */
function makeValues(catalog: Catalog): string {
  const document = new Document({});
  for (const path of catalog.services.flatMap((service) => service.values)) {
    const steps = parseValuesPath(path) ?? [];
    if (steps.every((step) => typeof step === 'string')) document.setIn(steps, 'none');
  }
  document.commentBefore = ' Tags of the services. Made for the local pipeline, because the repository has no chart.';
  return document.toString();
}

async function currentBranch(repo: string): Promise<string> {
  const { stdout, exitCode } = await runGit(repo, ['symbolic-ref', '--quiet', '--short', 'HEAD'], { accept: [1, 128] });
  if (exitCode === 0) return stdout.toString('utf8').trim();
  const message = `${repo} is no git repository with a branch checked out; name a repository, and a branch with --ref`;
  throw new InvalidInputError('the repository cannot be used', [{ path: '--repo', message }]);
}

/** The one values.yaml of a chart, undefined if there is no chart; throws if there are several. */
function findValuesFile(paths: readonly string[], repo: string): string | undefined {
  const charts = new Set(
    paths.filter((path) => /(^|\/)Chart\.yaml$/.test(path)).map((path) => path.replace(/Chart\.yaml$/, '')),
  );
  const found = paths.filter((path) => path.endsWith('values.yaml') && charts.has(path.replace(/values\.yaml$/, '')));
  if (found.length < 2) return found[0];
  const message = `${repo} has several: ${found.slice(0, 8).join(', ')}; name one with --values FILE`;
  throw new InvalidInputError('it is not clear which values file to move', [{ path: '--values', message }]);
}

// A bare clone of a repository on this machine.

/** Cloning from a folder of this machine is what is meant here, and only here. */
const FROM_DISK = ['-c', 'protocol.file.allow=always'];

/** Clones `from` to `to`, in place of what is there. */
async function cloneBare(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await runGit('.', [...FROM_DISK, 'clone', '--quiet', '--bare', '--no-hardlinks', '--', from, to]);
}
