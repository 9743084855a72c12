import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../../adapters/clock';
import { homePaths } from '../../../local/runtime/home';
import { CATALOG, makeSmallPipeline, runCommand, type SmallPipeline } from '../../support/pipeline/small-pipeline';

let pipeline: SmallPipeline;

beforeEach(async () => {
  pipeline = await makeSmallPipeline();
});

afterEach(() => {
  jest.restoreAllMocks();
  pipeline.remove();
});

const RELEASE = ['release', '--version', 'v1.4.0', '--ref', 'main'];

function head(): string {
  return pipeline.repository.git('rev-parse', 'main');
}

/** Has nobody wait for the machine's clock, which goes on all the same; gives how far it has gone, in ms. */
function passTime(): () => number {
  let passed = 0;
  jest.spyOn(systemClock, 'now').mockImplementation(() => Date.now() + passed);
  jest.spyOn(systemClock, 'sleep').mockImplementation(async (milliseconds) => {
    passed += milliseconds;
    await setImmediate();
  });
  return () => passed;
}

describe('a run on one machine', () => {
  test('releases, and then has nothing left to build or to commit', async () => {
    const first = await pipeline.report(...RELEASE);
    const again = await pipeline.report(...RELEASE);

    expect(first).toMatchObject({ status: 'SUCCEEDED', totals: { build: 4, retag: 0, keep: 0 }, commit: head() });
    expect(again).toMatchObject({ status: 'SUCCEEDED', totals: { build: 0, retag: 4, keep: 0 }, commit: null });
    expect(pipeline.read('chart/values.yaml')).toContain('tag: &tag v1.4.0');
  });

  test('of a dry run prints the plan and writes nothing', async () => {
    const before = head();

    const result = await pipeline.run(...RELEASE, '--dry-run');

    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toContain(': to build 4, to retag 0, to keep 0; nothing was written');
    expect(head()).toBe(before);
  });

  test('of a hotfix builds the named service, and only that gets the version', async () => {
    await pipeline.run(...RELEASE);
    pipeline.repository.commit('main', { 'ngui/index.html': '<html>fixed</html>\n' });

    const report = await pipeline.report(
      'build',
      '--services',
      'ngui',
      '--version',
      'v1.4.0-hotfix-1',
      '--ref',
      'main',
    );

    expect(report).toMatchObject({
      status: 'SUCCEEDED',
      version: 'v1.4.0-hotfix-1',
      totals: { build: 1, retag: 0, keep: 0 },
    });
    expect(pipeline.read('chart/values.yaml')).toContain('ngui: { image: { tag: v1.4.0-hotfix-1 } }');
    expect(pipeline.read('chart/values.yaml')).toContain('auth: { image: { tag: *tag } }');
  });

  test('of the minimal strategy releases services of a changed module stale, and builds them later', async () => {
    await pipeline.run(...RELEASE);
    pipeline.repository.commit('main', { 'tools/shared.py': 'shared = 2\n', 'auth/main.py': 'print(11)\n' });

    const minimal = await pipeline.report('release', '--version', 'v1.5.0', '--ref', 'main', '--strategy', 'minimal');
    const smart = await pipeline.report('release', '--version', 'v1.6.0', '--ref', 'main');

    expect(minimal.totals).toEqual({ build: 1, retag: 3, keep: 0 });
    expect(smart.totals).toEqual({ build: 1, retag: 3, keep: 0 });
  });

  test('of the conservative strategy rebuilds all services, and does not repeat builds when it is started again', async () => {
    await pipeline.run(...RELEASE);
    const conservative = ['release', '--version', 'v1.5.0', '--ref', 'main', '--strategy', 'conservative'];

    const failed = await pipeline.report(...conservative, '--fail', 'etcd');
    const again = await pipeline.report(...conservative);

    expect(failed).toMatchObject({ status: 'FAILED', totals: { build: 4 }, commit: null });
    expect(again).toMatchObject({ status: 'SUCCEEDED', totals: { build: 1, retag: 3, keep: 0 } });
  });
});

describe('a wrong run', () => {
  test.each([
    [
      'an unknown service',
      ['build', '--services', 'rest', '--version', 'v1.4.1', '--ref', 'main'],
      /services: 'rest' is not a service.*did you mean restapi/,
    ],
    ['a branch that does not exist', ['release', '--version', 'v1.4.0', '--ref', 'hotfix/none'], /hotfix\/none/],
    ['a release on a branch that is not for releases', ['release', '--version', 'v1.4.0', '--ref', 'develop'], /ref/],
    [
      'a version to start from that nothing is at',
      ['release', '--version', 'v1.5.0', '--ref', 'main', '--from', 'v0.9.0'],
      /from: is v0\.9\.0/,
    ],
    [
      'a rollback to what was never released',
      ['input', '{"action":"rollback","version":"v1.3.0"}'],
      /version: v1\.3\.0 is not recorded as a release of the platform in chart\/version-lock\.yaml on main/,
    ],
  ])('is refused before anything is built: %s', async (_, args, message) => {
    await pipeline.run(...RELEASE);
    pipeline.repository.git('branch', 'develop', 'main');
    const before = head();

    const { exitCode, stdout, stderr } = await pipeline.run(...(args as string[]));

    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(message as RegExp);
    expect(head()).toBe(before);
  });

  test.each([
    ['a bad version', ['release', '--version', 'latest', '--ref', 'main'], 2, /version: is "latest"/],
    ['no branch', ['release', '--version', 'v1.4.0'], 2, /--ref/],
    [
      'a version that is no version, in JSON',
      ['input', '{"action":"release","version":4,"ref":"main"}'],
      2,
      /version: is 4/,
    ],
    [
      'no JSON',
      ['input', '{'],
      2,
      /not JSON: line 1, column 2: expected a name in double quotes or }, found the end of the file; 1 bracket is/,
    ],
    ['an unknown command', ['deploy'], 2, /unknown command/],
    ['no command', ['--json'], 2, /pipeline run takes one of these first, then its options: release, push, build, /],
  ])('has exit code 2 for bad usage: %s', async (_, args, code, message) => {
    const { exitCode, stderr } = await pipeline.run(...(args as string[]));

    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.stringMatching(message as RegExp) });
  });

  test.each([
    [
      'a cycle of stages',
      CATALOG.replace('{ name: base }', '{ name: base, needs: [apps] }'),
      /base -> apps -> base|apps -> base -> apps/,
    ],
    ['two services with one image', CATALOG.replace('{ path: ngui,', '{ path: ngui, image: auth,'), /auth/],
    ['a service without Dockerfile', `${CATALOG}  keeper: { path: keeper, stage: apps }\n`, /keeper/],
    [
      'a values path that does not exist',
      CATALOG.replace('{ path: ngui,', '{ path: ngui, values: gui.image.tag,'),
      /gui\.image\.tag/,
    ],
  ])('is refused for a catalog with %s', async (_, catalog, message) => {
    const before = pipeline.repository.commit('main', { 'pipeline.yaml': catalog as string });

    const { exitCode, stdout, stderr } = await pipeline.run(...RELEASE);

    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(message as RegExp);
    expect(head()).toBe(before);
  });

  test('is refused if the version was released with other content', async () => {
    await pipeline.run(...RELEASE);
    const before = pipeline.repository.commit('main', { 'auth/main.py': 'print(12)\n' });

    const { exitCode, stderr } = await pipeline.run(...RELEASE);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/v1\.4\.0 of auth was released .* choose the next one/);
    expect(head()).toBe(before);
  });

  test('reports the fix if there is no local pipeline', async () => {
    const result = await runCommand('run', ...RELEASE, '--home', join(pipeline.home, 'none'));

    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('run npm start first');
  });
});

describe('a run with a failing environment', () => {
  test('fails with a clear message if the registry is down, and completes when it is up again', async () => {
    const { settings } = homePaths(pipeline.home);
    const stored = readFileSync(settings, 'utf8');
    writeFileSync(settings, JSON.stringify({ ...JSON.parse(stored), embeddedRegistry: false }));
    const before = head();
    const waited = passTime();

    const { exitCode, stderr } = await pipeline.run(...RELEASE);

    expect(waited()).toBeGreaterThan(20_000);
    expect(exitCode).toBe(1);
    // A registry on loopback is asked by TLS first.
    expect(stderr).toContain(`RegistryError: GET https://${pipeline.registry}/v2/: ECONNREFUSED`);
    expect(stderr).toContain(`nothing answers at ${pipeline.registry}`);
    expect(head()).toBe(before);
    jest.restoreAllMocks();
    writeFileSync(settings, stored);
    expect(await pipeline.report(...RELEASE)).toMatchObject({ status: 'SUCCEEDED', totals: { build: 4 } });
  });

  test('names no report that could not be stored', async () => {
    writeFileSync(homePaths(pipeline.home).objects, 'no folder');

    const { exitCode, stdout } = await pipeline.run(...RELEASE);

    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('report:');
  });

  test('fails without a commit when its state cannot be written', async () => {
    const { objects } = homePaths(pipeline.home);
    rmSync(objects, { recursive: true, force: true });
    writeFileSync(objects, 'a file where a folder should be');
    const before = head();

    const { exitCode, stderr } = await pipeline.run(...RELEASE);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ENOTDIR|EEXIST/);
    expect(head()).toBe(before);
  });
});
