/** A small monorepo in a real repository, its source archive on disk, and the input digests that a plan would name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../../adapters/disk/atomic-file';
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import { RECIPE_VERSION } from '../../../../core/contract/job-environment';
import { requiredBlobs } from '../../../../core/input-digest/build-files';
import { discoverInputs } from '../../../../core/input-digest/discover-inputs';
import { indexTree } from '../../../../core/input-digest/tree-index';
import { contentDigest, publishingModules } from '../../../../core/modules/plan-modules';
import { ownImages } from '../../../../core/planning/own-images';
import { createRepository, type TestEntry } from '../../../support/git/git-repository';

export const CATALOG_FILE = 'pipeline.yaml';
export const RELEASES = 'registry.example/team';

/** Two services that share a module, two of which one is built from the other's image; names of files that shells and archives find hard. */
export const SAMPLE_FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'services:',
    '  auth: services/auth',
    '  chat: { path: services/chat, context: services/chat, buildArgs: { GREETING: "a b $(id)" } }',
    '  base: { path: services/base, context: services/base }',
    '  child: { path: services/child, context: services/child }',
    '',
  ].join('\n'),
  'services/auth/Dockerfile': 'FROM scratch\nCOPY services/auth /app\nCOPY tools /tools\n',
  'services/auth/main.py': 'print("auth")\n',
  'services/auth/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'services/auth/a file; $(touch canary) ü.txt': 'odd\n',
  'services/auth/link': { mode: '120000', content: 'main.py' },
  'services/chat/Dockerfile': 'FROM scratch\nARG GREETING\nLABEL greeting=$GREETING\nCOPY main.py /app/\n',
  'services/chat/main.py': 'print("chat")\n',
  'services/base/Dockerfile': 'FROM scratch\nCOPY base.txt /\n',
  'services/base/base.txt': 'base\n',
  'services/child/Dockerfile': `ARG VERSION=v9\nFROM ${RELEASES}/base:$VERSION\nCOPY child.txt /\n`,
  'services/child/child.txt': 'child\n',
  'tools/lib.py': 'shared\n',
  [`tools/${'deep/'.repeat(30)}file.py`]: 'a path of more than 100 characters\n',
  'unrelated/file.txt': 'no input\n',
};

export interface SampleSource {
  /** Temporary folder, removed by `remove`. */
  readonly folder: string;
  /** The folder of the archive, as a job is told. */
  readonly location: string;
  readonly archive: string;
  readonly commit: string;
  /** Input digest by service, as the plan step computes it from git. */
  readonly digests: ReadonlyMap<string, string>;
  /** Content digest by published module, likewise. */
  readonly contents: ReadonlyMap<string, string>;
  remove(): void;
}

/** Commits the files and does what the plan step does with the commit. */
export async function makeSampleSource(files = SAMPLE_FILES): Promise<SampleSource> {
  const repository = createRepository();
  const folder = mkdtempSync(join(tmpdir(), 'sample source-'));
  const commit = repository.commit('main', files);
  const git = createLocalGitHost(repository.path);
  const archiveFile = join(folder, 'source.tar.gz');
  await writeFileAtomically(archiveFile, await git.archive(commit));

  const catalog = parseCatalog(String(files[CATALOG_FILE]));
  const tree = indexTree(await git.tree(commit));
  const texts = await git.blobs([...requiredBlobs(catalog, tree)]);
  const { inputs, problems } = discoverInputs({
    catalog,
    tree,
    texts,
    recipeVersion: RECIPE_VERSION,
    ownImages: ownImages(catalog, RELEASES),
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return {
    folder,
    location: `${folder}/`,
    archive: archiveFile,
    commit,
    digests: new Map([...inputs].map(([name, { inputDigest }]) => [name, inputDigest])),
    contents: new Map(
      publishingModules(catalog).map((module) => [module.name, contentDigest(module, tree) ?? 'none'] as const),
    ),
    remove: () => {
      repository.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
