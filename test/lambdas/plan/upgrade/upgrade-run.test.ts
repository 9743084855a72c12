/** A whole run after an upgrade, on a version lock that the version before wrote. Nothing can be built here. */
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { parseVersionLock, printVersionLock, type VersionLock } from '../../../../core/version/version-lock';
import { readCommit, readSource } from '../../../../lambdas/plan/read-source';
import { type MemoryPipeline, openMemoryPipeline } from '../../../support/pipeline/memory-pipeline';

const LOCK = 'chart/version-lock.yaml';

let pipeline: MemoryPipeline;
beforeAll(async () => {
  pipeline = await openMemoryPipeline({ valuesFile: 'chart/values.yaml' });
}, 60_000);
afterAll(() => pipeline?.remove());

const locked = (): VersionLock => parseVersionLock(pipeline.read(LOCK), LOCK);

/** Rewrites the lock as the version before would have it. */
async function writeFormerLock(): Promise<void> {
  const { path } = pipeline.repository;
  const settings = parseSettings({
    git: { host: 'local', path },
    valuesFile: 'chart/values.yaml',
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const git = createLocalGitHost(path);
  const from = { git, valuesGit: git };
  const commit = await readCommit({ action: 'release', version: 'v1.5.0', ref: 'main' }, settings, from);
  const { inputs } = await readSource(commit, settings, from);
  const former = [...locked()].map(([name, entry]) => {
    return [name, { ...entry, inputDigest: inputs.get(name)?.former?.inputDigest ?? '' }] as const;
  });
  pipeline.repository.commit('main', { [LOCK]: printVersionLock(new Map(former)) });
}

test('the first release keeps every image and records it under the present recipe', async () => {
  const before = locked();
  await writeFormerLock();
  const digests = (lock: VersionLock) => [...lock].map(([name, { digest }]) => [name, digest]);
  const inputs = (lock: VersionLock) => [...lock].map(([name, { inputDigest }]) => [name, inputDigest]);
  expect(inputs(locked())).not.toEqual(inputs(before));

  const { result } = await pipeline.run('upgraded', { action: 'release', ref: 'main', version: 'v1.5.0' });

  expect(result.status).toBe('SUCCEEDED');
  expect(await pipeline.stored('runs/upgraded/plan.json')).toMatchObject({ totals: { build: 0, retag: 4, keep: 0 } });
  expect(digests(locked())).toEqual(digests(before));
  expect(inputs(locked())).toEqual(inputs(before));
  expect([...locked().values()].map(({ version }) => version)).toEqual(['v1.5.0', 'v1.5.0', 'v1.5.0', 'v1.5.0']);
});
