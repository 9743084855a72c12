/** A candidate in ECR that may expire before the release is not relied on. */
import { objectKeys } from '../../../core/contract/keys';
import { eachTest } from '../../support/each-test';
import { makePlanWorld, settings } from './plan-world';

const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY = 24 * 60 * 60 * 1000;

const world = eachTest(makePlanWorld, (world) => world.remove());

/** Plans a push after an earlier run built `auth` some days ago, or on a day that it did not store. Returns the action of `auth`. */
async function actionAfter(
  days: number | undefined,
  host: string,
  approvalHours?: number,
): Promise<string | undefined> {
  const candidates = { host, repository: 'candidates' };
  const environments = settings.environments.map((environment) => ({
    ...environment,
    ...(approvalHours === undefined ? {} : { approval: { hours: approvalHours } }),
  }));
  Object.assign(world.dependencies, { settings: { ...settings, candidates, environments } });
  const commit = world.repository.git('rev-parse', 'main');
  const push = { action: 'push', ref: 'refs/heads/develop', commit };
  const { services } = await world.plan(push, 'first');
  const origin = services.find(({ name }) => name === 'auth')?.origin;
  const tag = origin?.kind === 'candidate' ? origin.tag : '';
  world.registry.seed(candidates, tag, 'auth');
  if (days !== undefined) {
    const built = { run: 'first', builtAt: new Date(NOW - days * DAY).toISOString() };
    await world.dependencies.store.put(objectKeys.candidate(tag), JSON.stringify(built));
  }
  const again = await world.plan(push, 'second');
  return again.services.find(({ name }) => name === 'auth')?.action;
}

test.each([
  ['is used while it outlasts the run', 8, ECR, undefined, 'retag'],
  ['is built again if the run may outlast it', 13, ECR, undefined, 'build'],
  ['is built again if the wait for an approval may outlast it', 8, ECR, 7 * 24, 'build'],
  ['is used if nothing tells its age', undefined, ECR, undefined, 'retag'],
  ['is used at any age in a registry that keeps candidates', 13, 'registry.example', 7 * 24, 'retag'],
])('a candidate %s (%s days)', async (_, days, host, approvalHours, action) => {
  expect(await actionAfter(days, host, approvalHours)).toBe(action);
});
