import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectKeys } from '../../core/contract/keys';
import type { Settings } from '../../core/settings/schema';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { homePaths } from '../../local/runtime/home';
import {
  type CommandResult,
  makeSmallPipeline,
  runCommand,
  type SmallPipeline,
  VALUES,
} from '../support/pipeline/small-pipeline';

const ENVIRONMENTS = [
  { name: 'dev', values: 'chart/values.yaml' },
  { name: 'staging', values: 'chart/values-staging.yaml' },
  { name: 'production', values: 'chart/values-production.yaml', approval: { hours: 1 } },
];
const BRANCHES: Settings['branches'] = [
  { branch: 'main', allow: ['release', 'promote', 'rollback'], environment: 'production' },
  { branch: 'develop', allow: ['push', 'promote', 'rollback'], version: '{version}-dev', environment: 'dev' },
];

let pipeline: SmallPipeline;

beforeEach(async () => {
  const files = { 'chart/values-staging.yaml': VALUES, 'chart/values-production.yaml': VALUES };
  pipeline = await makeSmallPipeline({ valuesFile: undefined, environments: ENVIRONMENTS, branches: BRANCHES });
  pipeline.repository.commit('main', files, 'environments');
  pipeline.repository.git('branch', 'develop', 'main');
});

afterEach(() => pipeline.remove());

function lockOf(edition: string, branch = 'main'): VersionLock {
  const path = `chart/version-lock${edition}.yaml`;
  return parseVersionLock(pipeline.read(path, branch), path);
}

function versions(edition: string, branch = 'main'): string[] {
  return [...lockOf(edition, branch)].map(([name, { version }]) => `${name} ${version}`);
}

/** Everything that is recorded but the names, which a promotion changes. */
function images(edition: string, branch = 'main'): readonly unknown[] {
  return [...lockOf(edition, branch)].map(([name, { version, ...image }]) => ({ name, ...image }));
}

function filesOfHead(branch = 'main'): string[] {
  return pipeline.repository.git('show', '--name-only', '--format=', branch).split('\n').sort();
}

/** Builds everything on develop, then a new auth: the platform is at v1.4.0-dev, auth at v1.4.0-dev-2. */
async function pushTwice(): Promise<void> {
  await pipeline.report('push', '--ref', 'develop');
  pipeline.repository.commit('develop', { 'auth/main.py': 'print(2)\n' });
  await pipeline.report('push', '--ref', 'develop');
}

/** A run and the person whom it waits for. */
async function answered(verb: string[], ...args: string[]): Promise<{ run: CommandResult; answer: CommandResult }> {
  const running = pipeline.run(...args, '--json');
  const waiting = await runThatWaits();
  const answer = await runCommand(verb[0] ?? '', waiting, ...verb.slice(1), '--home', pipeline.home);
  return { run: await running, answer };
}

/** The run that asks, as soon as it does; it tells its name before anything else. */
async function runThatWaits(): Promise<string> {
  const objects = homePaths(pipeline.home).objects;
  for (let tries = 0; tries < 200; tries += 1) {
    const runs = existsSync(join(objects, 'runs')) ? readdirSync(join(objects, 'runs')) : [];
    const found = runs.find(
      (run) =>
        existsSync(join(objects, objectKeys.approval(run))) && !existsSync(join(objects, objectKeys.report(run))),
    );
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error('no run waits for an approval');
}

describe('environments', () => {
  test('a push updates the values file of its branch and no other', async () => {
    await pipeline.report('push', '--ref', 'develop');

    expect(filesOfHead('develop')).toEqual(['chart/IMAGE_VERSIONS.md', 'chart/values.yaml', 'chart/version-lock.yaml']);
  });

  test('a promotion gives the images of dev one version in staging, without a build, in a separate lock', async () => {
    await pushTwice();
    expect(versions('', 'develop')).toContain('auth v1.4.0-dev-2');

    const report = await pipeline.report('promote', '--environment', 'staging', '--version', 'v1.4.0-rc-1');

    expect(report).toMatchObject({
      status: 'SUCCEEDED',
      environment: 'staging',
      ref: 'main',
      version: 'v1.4.0-rc-1',
      totals: { build: 0, retag: 4, keep: 0 },
    });
    expect(images('-staging')).toEqual(images('', 'develop'));
    expect(versions('-staging')).toEqual(['auth', 'etcd', 'ngui', 'restapi'].map((name) => `${name} v1.4.0-rc-1`));
    expect(pipeline.read('chart/values-staging.yaml')).toBe(VALUES.replace('v1.3.0', 'v1.4.0-rc-1').trimEnd());
    expect(filesOfHead()).toEqual([
      'chart/IMAGE_VERSIONS-staging.md',
      'chart/values-staging.yaml',
      'chart/version-lock-staging.yaml',
    ]);
  });

  test('an image that can no longer be pulled is not promoted, and nothing is written', async () => {
    await pushTwice();
    const before = pipeline.repository.git('rev-parse', 'main');
    const released = join(homePaths(pipeline.home).registry, 'repositories', 'team');
    rmSync(join(released, 'auth'), { recursive: true });

    const gone = await pipeline.run('promote', '--environment', 'staging', '--version', 'v1.4.0-rc-1');

    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toMatch(/ImageMissing: .*\n {2}auth: .*team\/auth/);
    expect(pipeline.repository.git('rev-parse', 'main')).toBe(before);
    expect(existsSync(join(released, 'etcd', '_tags', 'v1.4.0-rc-1'))).toBe(false);
  });

  test('a version that was not in the previous environment cannot be promoted', async () => {
    await pushTwice();

    const skipped = await pipeline.run('promote', '--environment', 'production', '--version', 'v1.4.0');

    expect(skipped.exitCode).toBe(1);
    expect(skipped.stderr).toMatch(/from: a release is not recorded .* in chart\/version-lock-staging\.yaml on main/);
  });

  test('an unknown environment is refused with the known ones', async () => {
    const { stderr } = await pipeline.run('rollback', '--version', 'v1.3.0', '--environment', 'prod');

    expect(stderr).toContain("'prod' is not an environment of the settings; there are: dev, staging, production");
  });

  test('each environment has its own history', async () => {
    await pushTwice();
    await pipeline.report('promote', '--environment', 'staging', '--version', 'v1.4.0-rc-1');

    const args = ['history', 'auth', '--repo', pipeline.repository.path, '--ref', 'main', '--json'];
    const { versions: found } = JSON.parse((await runCommand(...args)).stdout);

    expect(found).toMatchObject([{ version: 'v1.4.0-rc-1', lock: 'chart/version-lock-staging.yaml' }]);
  });
});

describe('an approval', () => {
  const toProduction = ['promote', '--environment', 'production', '--from', 'v1.4.0-rc-1', '--version', 'v1.4.0'];

  beforeEach(async () => {
    await pushTwice();
    await pipeline.report('promote', '--environment', 'staging', '--version', 'v1.4.0-rc-1');
  });

  test('lets the run continue', async () => {
    const { run, answer } = await answered(['approve', '--comment', 'smoke tests are green'], ...toProduction);

    expect(answer).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^promote-v1-4-0-\w+: approved by \S+\n$/),
    });
    const by = answer.stdout.trim().split(' ').at(-1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      status: 'SUCCEEDED',
      environment: 'production',
      version: 'v1.4.0',
      startedBy: by,
      approval: { by, comment: 'smoke tests are green' },
    });
    expect(run.stderr).toContain(`approve ${answer.stdout.split(':')[0]} --home ${pipeline.home}\n`);
    const message = pipeline.repository.git('log', '-1', '--format=%B', 'main');
    expect(message).toMatch(new RegExp(`^promote v1\\.4\\.0 to production by ${by}: 4 services\n`));
    expect(message).toContain(
      `Environment: production\nStarted-By: ${by}\nApproved-By: ${by}\nApproval-Comment: smoke tests are green`,
    );
    expect(versions('-production')).toContain('auth v1.4.0');
    expect(images('-production')).toEqual(images('', 'develop'));
    expect(pipeline.read('chart/values-production.yaml')).toContain('tag: &tag v1.4.0\n');
  });

  test('that is refused gives no version and no commit, and the report has the reason', async () => {
    const before = pipeline.repository.git('rev-parse', 'main');

    const { run, answer } = await answered(['reject', '--reason', 'not on a Friday'], ...toProduction);

    expect(answer.stdout).toMatch(/: rejected by \S+\n$/);
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      status: 'FAILED',
      commit: null,
      error: { name: 'NotApproved', message: expect.stringContaining('not on a Friday') },
    });
    expect(pipeline.repository.git('rev-parse', 'main')).toBe(before);
    const tags = join(homePaths(pipeline.home).registry, 'repositories', 'team', 'auth', '_tags');
    expect(existsSync(join(tags, 'v1.4.0-rc-1'))).toBe(true);
    expect(existsSync(join(tags, 'v1.4.0'))).toBe(false);
  });

  test('is listed with what it is about until it is answered', async () => {
    const running = pipeline.run(...toProduction, '--json');
    const waiting = await runThatWaits();

    const listed = await runCommand('approvals', '--home', pipeline.home);
    const [found, ...more] = JSON.parse((await runCommand('approvals', '--home', pipeline.home, '--json')).stdout);
    expect(listed.stdout).toMatch(new RegExp(`\\n${waiting} +promote v1\\.4\\.0 to production by `));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ run: waiting, environment: 'production' });
    expect(found).not.toHaveProperty('token');

    await runCommand('approve', waiting, '--home', pipeline.home);
    await running;
    expect((await runCommand('approvals', '--home', pipeline.home)).stdout).toBe('no run waits for approval\n');
  });

  test('with a comment that is too long is refused, and the run still waits', async () => {
    const running = pipeline.run(...toProduction, '--json');
    const waiting = await runThatWaits();

    const long = await runCommand('approve', waiting, '--comment', 'x'.repeat(401), '--home', pipeline.home);
    expect(long).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--comment: has 401 characters') });

    await runCommand('reject', waiting, '--home', pipeline.home);
    expect((await running).exitCode).toBe(1);
  });

  test('is not requested in a dry run', async () => {
    expect(await pipeline.report(...toProduction, '--dry-run')).toMatchObject({ status: 'PLANNED' });
  });

  test('is given once', async () => {
    const { answer } = await answered(['approve'], ...toProduction);
    const run = answer.stdout.split(':')[0] ?? '';

    const again = await runCommand('reject', run, '--home', pipeline.home);

    expect(again).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is no longer waiting for approval'),
    });
  });

  test.each(['nothing-waits', '../../settings', ''])('of %p is refused', async (run) => {
    expect(await runCommand('approve', run, '--home', pipeline.home)).toMatchObject({ exitCode: 2 });
  });
});
