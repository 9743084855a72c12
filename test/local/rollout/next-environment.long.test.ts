/** A run that goes on to the next environment by itself, after its approval. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectKeys } from '../../../core/contract/keys';
import { makeRolloutPipeline, type RolloutPipeline } from '../../support/pipeline/rollout-pipeline';
import { VALUES } from '../../support/pipeline/small-pipeline';

let world: RolloutPipeline;

beforeAll(async () => {
  world = await makeRolloutPipeline(({ cluster, url }) => {
    const health = { url, seconds: 1, retries: 0 };
    const deploy = { with: 'nothing', cluster, namespace: 'staging', minutes: 0.1 };
    return {
      valuesFile: undefined,
      environments: [
        {
          name: 'staging',
          values: 'chart/values.yaml',
          deploy,
          verify: { health },
          watch: { minutes: 0.05, every: 0.02 },
          then: 'production',
        },
        { name: 'production', values: 'chart/values-production.yaml', approval: { hours: 1 }, verify: { health } },
      ],
    };
  });
  world.repository.commit('main', { 'chart/values-production.yaml': VALUES });
}, 120_000);

afterAll(() => world.close());

/** Approves the run as soon as it is asked for; the answer may be there before the question. */
function approve(run: string): void {
  const file = join(world.home, 'objects', objectKeys.answer(run));
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify({ approved: true }));
}

test('what was verified and watched in staging is promoted to production, with its versions, once it is approved', async () => {
  world.onCheck(() => {
    const [run = ''] = world.repository.git('log', '-1', '--format=%B', 'main').match(/(?<=Run-Id: )\S+/) ?? [];
    if (run.startsWith('release-')) approve(`to-production-${run}`);
  });

  const { exitCode, stdout } = await world.run('release', '--version', 'v1.4.0', '--ref', 'main');

  expect(stdout).toContain('staging: verified');
  expect(stdout).toMatch(/next: production \(run to-production-release-v1-4-0-\d+T\d+\)/);
  expect(stdout).toContain('production: verified, 1 check passed');
  expect(world.read('chart/values-production.yaml')).toContain('tag: &tag v1.4.0');
  expect(exitCode).toBe(0);
}, 180_000);

test('a promotion of a run that left nothing new is the same again, and its environment is checked', async () => {
  const [, run = ''] = /Run-Id: (release-\S+)/.exec(world.repository.git('log', '--format=%B', 'main')) ?? [];
  world.answer(503);

  const started = world.run('promote', '--run', run, '--environment', 'production');
  world.onCheck(() => undefined);
  const waiting = setInterval(() => approveWaiting(), 300);
  const { exitCode, stderr } = await started;
  clearInterval(waiting);

  expect(stderr).toContain('VerifyFailed');
  expect(stderr).toContain('nothing was rolled back, so the environment needs attention');
  expect(exitCode).toBe(1);
}, 180_000);

function approveWaiting(): void {
  const { readdirSync } = jest.requireActual<typeof import('node:fs')>('node:fs');
  for (const run of readdirSync(join(world.home, 'objects', 'runs'))) if (run.startsWith('promote-')) approve(run);
}
