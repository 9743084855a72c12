/** Makes the bare repository of a local pipeline out of somebody's own, which is only read. */
import { readFile } from 'node:fs/promises';
import { Document } from 'yaml';
import { runGit } from '../../adapters/git/git-command';
import { createLocalGitHost } from '../../adapters/git/local-git-host';
import type { Catalog } from '../../core/catalog/catalog';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../core/errors';
import { parseValuesPath } from '../../core/values/values-path';
import { cloneBare } from './clone-bare';

/** The values file that is made for a repository without a chart. */
const MADE_VALUES_FILE = 'image-versions/values.yaml';

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
