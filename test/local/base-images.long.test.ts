/** Base images by policy, through whole runs on one machine: what a moved tag and the passing of time do, and what is recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { RunReport } from '../../core/contract/report';
import { parseVersionLock } from '../../core/version/version-lock';
import { startRegistry } from '../../local/registry/start-registry';
import { homePaths } from '../../local/runtime/home';
import { CATALOG, makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';
import { imageOf, pushContent } from '../support/registry/fake-registry-content';

const DAY = 24 * 60 * 60 * 1000;
let pipeline: SmallPipeline;
let base: string;

beforeEach(async () => {
  pipeline = await makeSmallPipeline();
  base = `${pipeline.registry}/base:1`;
  pipeline.repository.commit('main', {
    'auth/Dockerfile': `FROM ${base}\nCOPY tools /tools\nCOPY auth/main.py /\n`,
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  pipeline.remove();
});

/** Moves the tag of the base image and gives the digest that it has from now on. */
async function moveBase(seed: string): Promise<string> {
  const port = Number(pipeline.registry.split(':')[1]);
  const registry = await startRegistry({ directory: homePaths(pipeline.home).registry, port });
  const content = imageOf(seed);
  await pushContent(`http://${pipeline.registry}`, 'base', content, '1');
  await registry.close();
  return content.manifest.digest;
}

function setPolicy(policy: string): void {
  const text = CATALOG.replace('path: auth,', `path: auth, bases: ${policy},`);
  pipeline.repository.commit('main', { 'pipeline.yaml': text });
}

const release = (version: string) => pipeline.report('release', '--version', version, '--ref', 'main');

/** Services that the run built, each with the kinds of its reasons. */
function builds({ run }: RunReport): Record<string, readonly string[]> {
  const plan = JSON.parse(readFileSync(join(homePaths(pipeline.home).objects, objectKeys.plan(run)), 'utf8')) as Plan;
  const built = plan.services.filter(({ action }) => action === 'build');
  return Object.fromEntries(built.map(({ name, reasons }) => [name, reasons.map(({ kind }) => kind)]));
}

function lockedAuth() {
  return parseVersionLock(pipeline.read('chart/version-lock.yaml'), 'chart/version-lock.yaml').get('auth');
}

test('a recorded base image is no reason to build when its tag moves', async () => {
  const first = await moveBase('first');
  await release('v1.4.0');
  expect(lockedAuth()).toMatchObject({ bases: { [base]: first }, built: new Date().toISOString().slice(0, 10) });

  await moveBase('second');
  const report = await release('v1.4.1');

  expect(report).toMatchObject({ status: 'SUCCEEDED', totals: { build: 0, retag: 4 } });
  expect(lockedAuth()).toMatchObject({ version: 'v1.4.1', bases: { [base]: first } });
});

test('a followed base image causes one build when its tag moves, and no second one', async () => {
  await moveBase('first');
  setPolicy('follow');
  await release('v1.4.0');
  const unmoved = await release('v1.4.1');
  const before = lockedAuth();

  const second = await moveBase('second');
  const moved = await release('v1.4.2');
  const again = await release('v1.4.3');

  expect(builds(unmoved)).toEqual({});
  expect(builds(moved)).toEqual({ auth: ['base-moved'] });
  expect(builds(again)).toEqual({});
  expect(lockedAuth()).toMatchObject({ inputDigest: before?.inputDigest, bases: { [base]: second } });
  expect(lockedAuth()?.digest).not.toBe(before?.digest);
});

test('an image that a failed run built on the moved base image is not built again', async () => {
  await moveBase('first');
  setPolicy('follow');
  await release('v1.4.0');
  const second = await moveBase('second');
  pipeline.repository.commit('main', { 'ngui/index.html': 'new' });

  const failed = await pipeline.report('release', '--version', 'v1.4.1', '--ref', 'main', '--fail', 'ngui');
  const fixed = await release('v1.4.1');

  expect(failed.status).toBe('FAILED');
  expect(Object.keys(builds(failed))).toEqual(['auth', 'ngui']);
  expect(Object.keys(builds(fixed))).toEqual(['ngui']);
  expect(lockedAuth()).toMatchObject({ version: 'v1.4.1', bases: { [base]: second } });
});

test('an image of a failed run is recorded with its base image, even if the tag moved since', async () => {
  const first = await moveBase('first');
  const failed = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main', '--fail', 'ngui');
  await moveBase('second');

  const fixed = await release('v1.4.0');

  expect(builds(failed)).toHaveProperty('auth');
  expect(Object.keys(builds(fixed))).toEqual(['ngui']);
  expect(lockedAuth()).toMatchObject({ bases: { [base]: first } });
});

test('a base image that cannot be looked up is a doubt, and the build continues', async () => {
  const report = await release('v1.4.0');

  expect(report.status).toBe('SUCCEEDED');
  expect(builds(report).auth).toEqual(['never-released', 'doubt']);
  expect(lockedAuth()).not.toHaveProperty('bases');
});

test('an image is rebuilt each time it reaches the age of the catalog', async () => {
  await moveBase('first');
  setPolicy('{ maxAge: 30d }');
  await release('v1.4.0');
  const now = Date.now;

  jest.spyOn(Date, 'now').mockImplementation(() => now() + 29 * DAY);
  const young = await release('v1.4.1');
  jest.spyOn(Date, 'now').mockImplementation(() => now() + 31 * DAY);
  const old = await release('v1.4.2');
  const again = await release('v1.4.3');

  expect(builds(young)).toEqual({});
  expect(builds(old)).toEqual({ auth: ['aged'] });
  expect(builds(again)).toEqual({});
  expect(lockedAuth()?.built).toBe(new Date(now() + 31 * DAY).toISOString().slice(0, 10));
});
