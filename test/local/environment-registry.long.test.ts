/** A local pipeline whose environment pulls from another registry than that of the releases. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseVersionLock } from '../../core/version/version-lock';
import { killWhenItSays } from '../support/pipeline/killed-process';
import { makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';
import { useEmbeddedRegistry } from '../support/registry/embedded-registry';
import { pulledManifest } from '../support/registry/fake-registry-content';

const RELEASE = ['release', '--version', 'v1.4.0', '--ref', 'main'];

const live = useEmbeddedRegistry();
let pipeline: SmallPipeline;

beforeEach(async () => {
  const registry = { host: live.host, namespace: 'live' };
  const environments = [{ name: 'live', values: 'chart/values.yaml', registry }];
  pipeline = await makeSmallPipeline({ valuesFile: undefined as never, environments });
});

afterEach(() => pipeline.remove());

/** The digests of the lock, and those of its versions in the registry of the environment. */
async function recordedAndLive() {
  const lock = [...parseVersionLock(pipeline.read('chart/version-lock.yaml'), 'lock')];
  const there = lock.map(([name, { version }]) => pulledManifest(live.base, `live/${name}`, version));
  return {
    recorded: lock.map(([, { digest }]) => digest),
    there: (await Promise.all(there)).map((each) => each?.digest),
  };
}

test('a release builds in one registry and is pulled from the other, also if it was killed while it delivered', async () => {
  await killWhenItSays('Deliver the images', pipeline.home, RELEASE);
  expect(pipeline.repository.git('rev-list', '--count', 'main')).toBe('1');

  const report = await pipeline.report(...RELEASE);

  expect(report).toMatchObject({ status: 'SUCCEEDED' });
  const { recorded, there } = await recordedAndLive();
  expect(recorded).toHaveLength(4);
  expect(there).toEqual(recorded);
  expect(live.log.filter(({ method, reference }) => method === 'PUT' && reference?.startsWith('in-'))).toEqual([]);
  const timeline = readFileSync(join(pipeline.home, 'objects', 'runs', report.run, 'timeline.json'), 'utf8');
  expect(timeline).toContain('"Deliver the images"');
}, 120_000);

test('a registry that does not answer fails the run before anything is built', async () => {
  const file = join(pipeline.home, 'settings.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(live.host, '127.0.0.1:9'));

  const { exitCode, stdout } = await pipeline.run(...RELEASE, '--json');

  expect(exitCode).toBe(1);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ status: 'FAILED', counts: { built: 0 } });
  expect(report.error.message).toMatch(/registry of environment live cannot be used, and nothing was built/);
}, 120_000);
