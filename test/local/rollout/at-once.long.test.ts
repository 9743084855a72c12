/** Runs at the same time: two environments, and a newer release at every step of a rollback. */
import * as fc from 'fast-check';
import { objectKeys } from '../../../core/contract/keys';
import type { RunReport } from '../../../core/contract/report';
import { parseVersionLock } from '../../../core/version/version-lock';
import { type MemoryPipeline, openMemoryPipeline } from '../../support/pipeline/memory-pipeline';
import { VALUES } from '../../support/pipeline/small-pipeline';

const HEALTH = 'https://staging.example.com/health';
const PRODUCTION_HEALTH = 'https://production.example.com/health';

let pipeline: MemoryPipeline;

beforeAll(async () => {
  const environment = (name: string, values: string, url: string) => ({
    name,
    values,
    verify: { health: { url, seconds: 1, retries: 0 } },
    onFailure: 'rollback',
  });
  const environments = [
    environment('staging', 'chart/values.yaml', HEALTH),
    environment('production', 'chart/values-production.yaml', PRODUCTION_HEALTH),
  ];
  pipeline = await openMemoryPipeline({ environments }, { 'chart/values-production.yaml': VALUES });
});
afterAll(() => pipeline.remove());
beforeEach(() => {
  pipeline.answers.clear();
  pipeline.onStep = () => undefined;
});

const release = (version: string) => ({ action: 'release', ref: 'main', version });
const report = (run: string) => pipeline.stored<RunReport>(objectKeys.report(run));

/** Versions by service, of the lock; the values file must name the same. */
function versions(edition = ''): Readonly<Record<string, string>> {
  const lock = parseVersionLock(pipeline.read(`chart/version-lock${edition}.yaml`), 'lock');
  const values = pipeline.read(`chart/values${edition}.yaml`);
  const anchor = /&tag (\S+)/.exec(values)?.[1];
  const named = [...values.matchAll(/^(\w+): \{ image: \{ tag: "?([^\s"}]+)"? \} \}$/gm)];
  const tags = Object.fromEntries(named.map(([, name = '', tag]) => [name, tag === '*tag' ? anchor : tag]));
  const locked = Object.fromEntries([...lock].map(([name, { version }]) => [name, version]));
  expect(tags).toEqual(locked);
  return locked;
}

const all = (version: string) => ({ auth: version, etcd: version, ngui: version, restapi: version });

test('two environments at once: one is rolled back while the other goes on, and neither touches the other', async () => {
  const toProduction = { action: 'promote', version: 'v1.4.0', environment: 'production', ref: 'main' };
  expect((await pipeline.run('first-production', { ...toProduction, from: 'v1.4.0' })).result.status).toBe('SUCCEEDED');
  const staging = pipeline.read('chart/values.yaml');
  pipeline.answers.set(HEALTH, 503);
  pipeline.onStep = ({ run }) => {
    if (run.startsWith('rollback-')) pipeline.answers.clear();
  };

  const [failed, promoted] = await Promise.all([
    pipeline.run('staging-run', release('v1.5.0')),
    pipeline.run('production-run', { ...toProduction, version: 'v1.4.1' }),
  ]);

  expect(failed.result).toMatchObject({ status: 'FAILED', error: 'VerifyFailed' });
  expect(promoted.result.status).toBe('SUCCEEDED');
  expect(pipeline.read('chart/values.yaml')).toBe(staging);
  expect(versions()).toEqual(all('v1.4.0'));
  expect(versions('-production')).toEqual(all('v1.4.1'));
  expect(await report('staging-run')).toMatchObject({ rollout: { environment: 'staging', end: 'failed' } });
  expect(await report('production-run')).toMatchObject({ rollout: { environment: 'production', end: 'verified' } });
});

const SERVICES = ['auth', 'etcd', 'ngui', 'restapi'];
let round = 4;

/** Releases, fails, and lets a newer run give versions to some services, or to all, at that moment of the rollback. */
async function rollBackWithNewer(moment: Moment, services: readonly string[]): Promise<string> {
  round += 1;
  const [name, newer] = [`bad-${round}`, `v1.${round}.1`];
  const isWhole = services.length === SERVICES.length;
  const input = isWhole ? release(newer) : { action: 'build', ref: 'main', version: newer, services };
  pipeline.answers.set(HEALTH, 503);
  const ends: string[] = [];
  pipeline.onStep = async ({ run, state, when }) => {
    if (run !== `rollback-0-${name}`) return;
    pipeline.answers.clear();
    if (ends.length > 0 || state !== moment[1] || when !== moment[0]) return;
    ends.push('begun', (await pipeline.run(`newer-${round}`, input)).result.status);
  };
  const { result } = await pipeline.run(name, release(`v1.${round}.0`));
  expect(result).toMatchObject({ status: 'FAILED', error: 'VerifyFailed' });
  expect(ends).toEqual(['begun', 'SUCCEEDED']);
  return newer;
}

type Moment = readonly ['before' | 'after', string];
const MOMENTS: readonly Moment[] = [
  ['before', 'Plan the run'],
  ['after', 'Plan the run'],
  ['after', 'Tag all images'],
  ['after', 'Update the values file'],
  ['after', 'Verify'],
];
const SCHEDULES = fc.sample(fc.subarray(SERVICES, { minLength: 1 }), { seed: 20261130, numRuns: MOMENTS.length });

test.each(MOMENTS.map((moment, at) => [...moment, SCHEDULES[at] ?? []] as const))(
  'a newer run %s "%s" of a rollback is never undone (services: %p), and the other services go back',
  async (when, state, named) => {
    const before = versions();

    const newer = await rollBackWithNewer([when, state], named);

    const moved = Object.fromEntries(named.map((name) => [name, newer]));
    expect(versions()).toEqual({ ...before, ...moved });
  },
);
