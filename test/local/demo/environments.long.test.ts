/** Scene (f) of `npm start`: staging and production on the embedded cluster. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { NamespaceSnapshot } from '../../../core/ports/cluster';
import { executionName } from '../../../core/webhook/execution-input';
import { localSettings, makeSampleRepository } from '../../../local/demo/repositories';
import { deployedScenes, type Scene } from '../../../local/demo/scenes';
import { homePaths, writeLocalSettings } from '../../../local/runtime/home';
import { openLocalCluster } from '../../../local/runtime/local-rollout';
import { openApproval, storeAnswer } from '../../../local/runtime/local-services';
import { freePort } from '../../../local/runtime/loopback';
import { type LocalPipeline, type LocalRun, openLocalPipeline } from '../../../local/runtime/pipeline';
import { gitEnvironment } from '../../support/git/git-repository';

const VALUES = 'cloud-tuner-dev/values.yaml';
const STAGING = 'cloud-tuner-staging/values.yaml';
const PRODUCTION = 'cloud-tuner-production/values.yaml';

let home: string;
let serving: { close(): Promise<void> };
let catalog: ReturnType<typeof parseCatalog>;
/** Pushes to staging, each with the promotion that followed, if any. */
let deployed: (readonly LocalRun[])[];
let running: ReadonlyMap<string, NamespaceSnapshot>;

const git = (...args: string[]) =>
  execFileSync('git', ['--git-dir', homePaths(home).repository, ...args], { env: gitEnvironment() })
    .toString()
    .trimEnd();

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'environments-'));
  const catalogText = await readFile(resolve(__dirname, '../../../catalogs/cloud-tuner.yaml'), 'utf8');
  catalog = parseCatalog(catalogText);
  const { repository } = homePaths(home);
  await makeSampleRepository(repository, catalogText, VALUES);
  const registry = `127.0.0.1:${await freePort()}`;
  const cluster = `http://127.0.0.1:${await freePort()}`;
  const settings = localSettings({ repository, registry, values: VALUES, namespace: 'team', cluster });
  const local = await writeLocalSettings(home, settings, true, true);
  const pipeline = await openLocalPipeline({ home, local, catalogText, docker: undefined });
  serving = pipeline;
  const sample = { git: createLocalGitHost(repository), repository, catalogFile: 'pipeline.yaml', valuesFile: VALUES };
  deployed = [];
  for (const scene of deployedScenes(sample)) deployed.push(await play(scene, pipeline, deployed.length));
  const snapshots = ['staging', 'production'].map(
    async (name) => [name, await (await openLocalCluster(cluster, {})).snapshot(name)] as const,
  );
  running = new Map(await Promise.all(snapshots));
}, 600_000);

afterAll(async () => {
  await serving?.close();
  await rm(home, { recursive: true, force: true });
});

/** Plays a scene of environments: breaks what the scene breaks, and approves the promotion that follows. */
async function play(scene: Scene, pipeline: LocalPipeline, at: number): Promise<readonly LocalRun[]> {
  const input = await scene.prepare();
  if (scene.broken !== undefined) {
    const { service, version } = scene.broken;
    pipeline.cluster?.behave(service, 'unhealthy', { namespace: 'staging', version });
  }
  const first = await pipeline.run({ name: executionName(input, Date.now() + at * 1000), input });
  const promotions: LocalRun[] = [];
  for (const next of first.next) {
    const onNotice = async () => {
      const approval = await openApproval(next.name, pipeline.store, Date.now());
      if (approval !== undefined) await storeAnswer(approval, { approved: true, by: 'ada' }, pipeline.store);
    };
    promotions.push(await pipeline.run({ ...next, onNotice: () => void onNotice() }));
  }
  return [first, ...promotions];
}

/** Returns the tags that run in a namespace, and those that its values file names, by service. */
const tagsIn = (namespace: string, file: string, branch: string) => {
  const values: unknown = parse(git('show', `${branch}:${file}`), { merge: true });
  const named = catalog.services.map(({ name, values: [path = ''] }) => [
    name,
    String(path)
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], values),
  ]);
  const pods = running.get(namespace)?.pods ?? [];
  const found = (running.get(namespace)?.deployments ?? []).map(({ metadata, spec }) => [
    metadata.name,
    spec?.template?.spec?.containers?.[0]?.image?.split(':').at(-1),
  ]);
  return { named: Object.fromEntries(named), running: Object.fromEntries(found), pods: pods.length };
};

test('I14: staging and production run exactly what their values files name', () => {
  for (const [namespace, file, branch] of [
    ['staging', STAGING, 'staging'],
    ['production', PRODUCTION, 'main'],
  ] as const) {
    const found = tagsIn(namespace, file, branch);
    expect(found.running).toEqual(found.named);
    expect(found.pods).toBeGreaterThan(catalog.services.length);
  }
});

test('a push that fails its request is rolled back by itself, and reaches no production', () => {
  const statuses = deployed.map((each) => each.map(({ report }) => [report.environment, report.status]));
  expect(statuses).toEqual([
    [
      ['staging', 'SUCCEEDED'],
      ['production', 'SUCCEEDED'],
    ],
    [['staging', 'FAILED']],
    [
      ['staging', 'SUCCEEDED'],
      ['production', 'SUCCEEDED'],
    ],
  ]);
  const failed = deployed[1]?.[0]?.report;
  expect(failed?.error).toMatchObject({ name: 'VerifyFailed', message: expect.stringContaining('rest-api-health') });
  const rollback = failed?.rollout?.rollback?.commit ?? '';
  expect(git('show', `${rollback}:${STAGING}`)).toBe(git('show', `${failed?.commit}^:${STAGING}`));
  expect(deployed[2]?.[0]?.report.rollout).toMatchObject({ end: 'verified', watch: { looks: expect.any(Number) } });
});
