import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '../../core/contract/report';
import { parseVersionLock } from '../../core/version/version-lock';
import { homePaths } from '../../local/runtime/home';
import { eachTest } from '../support/each-test';
import { makeSmallPipeline, runCommand } from '../support/pipeline/small-pipeline';

const LOCK = 'chart/version-lock.yaml';
const VALUES = 'chart/values.yaml';

const pipeline = eachTest(makeSmallPipeline, (pipeline) => pipeline.remove());

function release(version: string): Promise<RunReport> {
  return pipeline.report('release', '--version', version, '--ref', 'main');
}

function lockOf(branch = 'main') {
  return parseVersionLock(pipeline.read(LOCK, branch), LOCK);
}

function head(branch = 'main'): string {
  return pipeline.repository.git('rev-parse', branch);
}

/** Releases v1.4.0, then v1.5.0 with another auth and ngui at a version of its own in between. */
async function releaseTwice(): Promise<void> {
  await release('v1.4.0');
  pipeline.repository.commit('main', { 'auth/main.py': 'print(2)\n' });
  await release('v1.5.0');
}

describe('a rollback', () => {
  test('restores an earlier release of the whole platform in a new commit', async () => {
    await release('v1.4.0');
    const before = { lock: lockOf(), values: pipeline.read(VALUES) };
    pipeline.repository.commit('main', { 'auth/main.py': 'print(2)\n' });
    await release('v1.5.0');
    const parent = head();

    const report = await pipeline.report('rollback', '--version', 'v1.4.0');

    expect(report).toMatchObject({ status: 'SUCCEEDED', action: 'rollback', version: 'v1.4.0', commit: head() });
    expect(report.totals).toEqual({ build: 0, retag: 4, keep: 0 });
    expect(pipeline.repository.git('rev-parse', 'main^')).toBe(parent);
    expect(lockOf()).toEqual(before.lock);
    expect(pipeline.read(VALUES)).toBe(before.values);
    expect(pipeline.repository.git('log', '-1', '--format=%(trailers:key=Rollback-To,valueonly)', 'main').trim()).toBe(
      'v1.4.0',
    );
  });

  test('keeps later edits of people in the values file', async () => {
    await releaseTwice();
    pipeline.repository.commit('main', { [VALUES]: `# by hand\n${pipeline.read(VALUES)}\nreplicas: 3\n` });

    await pipeline.report('rollback', '--version', 'v1.4.0');

    expect(pipeline.read(VALUES)).toMatch(/^# by hand\ntag: &tag v1\.4\.0\n[\s\S]*\nreplicas: 3$/);
  });

  test('of one service does not change the others', async () => {
    await releaseTwice();

    const report = await pipeline.report('rollback', '--version', 'v1.4.0', '--services', 'auth');

    expect(report).toMatchObject({ status: 'SUCCEEDED', version: 'v1.4.0', totals: { build: 0, retag: 1, keep: 0 } });
    expect([...lockOf()].map(([name, { version }]) => `${name} ${version}`)).toEqual([
      'auth v1.4.0',
      'etcd v1.5.0',
      'ngui v1.5.0',
      'restapi v1.5.0',
    ]);
    expect(pipeline.read(VALUES)).toContain('auth: { image: { tag: v1.4.0 } }');
  });

  test('restores the release itself, without later changes', async () => {
    await release('v1.4.0');
    const then = lockOf();
    pipeline.repository.commit('main', { 'ngui/index.html': 'fixed' });
    await pipeline.report('build', '--services', 'ngui', '--version', 'v1.4.0-hotfix-1', '--ref', 'main');
    await release('v1.5.0');

    await pipeline.report('rollback', '--version', 'v1.4.0');
    expect(lockOf()).toEqual(then);
    const hotfix = await pipeline.report('rollback', '--version', 'v1.4.0-hotfix-1', '--services', 'ngui');

    expect(hotfix.status).toBe('SUCCEEDED');
    expect(lockOf().get('ngui')?.version).toBe('v1.4.0-hotfix-1');
    expect(pipeline.read(VALUES)).toContain('tag: &tag v1.4.0');
  });

  test('to the current release makes no commit', async () => {
    await release('v1.4.0');
    const before = head();

    const report = await pipeline.report('rollback', '--version', 'v1.4.0');

    expect(report).toMatchObject({ status: 'SUCCEEDED', commit: null });
    expect(head()).toBe(before);
  });

  test('of a dry run writes nothing', async () => {
    await releaseTwice();
    const before = head();

    const report = await pipeline.report('rollback', '--version', 'v1.4.0', '--dry-run');

    expect(report).toMatchObject({ status: 'PLANNED', totals: { build: 0, retag: 4, keep: 0 } });
    expect(head()).toBe(before);
  });

  test('is refused if an image can no longer be pulled, with its name', async () => {
    await releaseTwice();
    const before = head();
    rmSync(join(homePaths(pipeline.home).registry, 'repositories', 'team', 'auth'), { recursive: true, force: true });

    const { exitCode, stderr } = await pipeline.run('rollback', '--version', 'v1.4.0');

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ImageMissing: .*\n {2}auth: .*team\/auth has no v1\.4\.0/);
    expect(head()).toBe(before);
  });
});

describe('a promotion', () => {
  test('gives a tested image its next version without a build', async () => {
    await release('v1.4.0');
    pipeline.repository.git('branch', 'develop', 'main');
    pipeline.repository.commit('develop', { 'auth/main.py': 'print(2)\n', 'pipeline.yaml': bumped() });
    await pipeline.report('push', '--ref', 'develop');
    const tested = lockOf('develop').get('auth');
    expect(tested?.version).toBe('v1.5.0-dev');

    const promote = ['promote', '--services', 'auth', '--from', 'v1.5.0-dev', '--version', 'v1.5.0-auth-1'];
    const report = await pipeline.report(...promote);

    expect(report).toMatchObject({ status: 'SUCCEEDED', ref: 'main', version: 'v1.5.0-auth-1', commit: head() });
    expect(report.totals).toEqual({ build: 0, retag: 1, keep: 0 });
    expect(lockOf().get('auth')).toEqual({ ...tested, version: 'v1.5.0-auth-1' });
    expect(pipeline.read(VALUES)).toContain('auth: { image: { tag: v1.5.0-auth-1 } }');
    expect(pipeline.repository.git('log', '-1', '--format=%s', 'main')).toMatch(
      /^promote by \S+: auth v1\.5\.0-auth-1$/,
    );
  });

  test('of a whole release updates the platform version', async () => {
    await release('v1.4.0-rc-1');
    const digests = [...lockOf()].map(([name, { digest }]) => `${name} ${digest}`);

    const report = await pipeline.report('promote', '--from', 'v1.4.0-rc-1', '--version', 'v1.4.0');

    expect(report).toMatchObject({ status: 'SUCCEEDED', version: 'v1.4.0', totals: { build: 0, retag: 4, keep: 0 } });
    expect(pipeline.read(VALUES)).toContain('tag: &tag v1.4.0\n');
    expect([...lockOf()].map(([name, { digest }]) => `${name} ${digest}`)).toEqual(digests);
    expect(pipeline.repository.git('log', '-1', '--format=%s', 'main')).toMatch(
      /^promote v1\.4\.0 by \S+: 4 services$/,
    );
  });

  test.each([
    ['a version that no lock knows', ['--services', 'auth', '--from', 'v9.9.9'], /no v9\.9\.9 of auth is recorded in/],
    ['a release that never was', ['--from', 'v9.9.9'], /from: v9\.9\.9 is not recorded as a release of the platform/],
    ['an unknown service', ['--services', 'aut', '--from', 'v1.4.0'], /'aut' is not a service .* did you mean auth/],
    [
      'what would take a service back',
      ['--services', 'auth', '--from', 'v1.4.0'],
      /auth is at v1\.5\.0 in environment default, built from a later commit than v1\.4\.0/,
    ],
    [
      'an unknown environment',
      ['--environment', 'staging'],
      /environment: 'staging' is not an environment of the settings; there are: default/,
    ],
    ['a branch that is not for it', ['--from', 'v1.4.0', '--ref', 'feature/x'], /do not allow promote on 'feature\/x'/],
  ])('is refused for %s', async (_, args, message) => {
    await releaseTwice();
    const before = head();

    const { exitCode, stderr } = await pipeline.run('promote', '--version', 'v1.6.0', ...(args as string[]));

    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(message as RegExp);
    expect(head()).toBe(before);
  });

  test('is refused if another image has the version', async () => {
    await releaseTwice();
    pipeline.repository.commit('main', { 'auth/main.py': 'print(3)\n' });
    await pipeline.report('build', '--services', 'auth', '--version', 'v1.5.0-hotfix-1', '--ref', 'main');

    const again = ['promote', '--services', 'auth', '--from', 'v1.5.0-hotfix-1', '--version', 'v1.5.0'];
    const { exitCode, stderr } = await pipeline.run(...again);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/auth: .*team\/auth:v1\.5\.0 is sha256:\w+ already; a version is given once/);
  });
});

describe('the history', () => {
  const history = async (...args: string[]) => {
    const result = await runCommand('history', ...args, '--repo', pipeline.repository.path, '--ref', 'main');
    return { ...result, lines: result.stdout.trimEnd().split('\n').slice(2) };
  };

  test('has digest, source, commit and run of every version', async () => {
    await releaseTwice();
    const back = await pipeline.report('rollback', '--version', 'v1.4.0', '--services', 'auth');

    const { exitCode, stdout } = await history('auth', '--json');

    expect(exitCode).toBe(0);
    const { versions } = JSON.parse(stdout);
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(['v1.4.0', 'v1.5.0', 'v1.4.0']);
    expect(versions[0]).toMatchObject({ commit: back.commit, run: back.run, rollbackTo: 'v1.4.0', lock: LOCK });
    expect(versions[0].digest).toBe(versions[2].digest);
    expect(versions[2]).toMatchObject({ service: 'auth', source: pipeline.repository.git('rev-parse', 'main~4') });
  });

  test('is a table for people, the newest first', async () => {
    await releaseTwice();
    await pipeline.report('rollback', '--version', 'v1.4.0');

    const { lines } = await history();

    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}auth +v1\.4\.0 +[0-9a-f]{12} {2}.* back to v1\.4\.0$/);
    expect(lines.slice(4, 8).every((line) => line.includes('v1.5.0'))).toBe(true);
  });

  test('counts a merge of two branches once, where the version was given', async () => {
    await release('v1.4.0');
    const { git } = pipeline.repository;
    git('branch', 'develop', 'main');
    pipeline.repository.commit('develop', { 'auth/main.py': 'print(2)\n', 'pipeline.yaml': bumped() });
    const pushed = await pipeline.report('push', '--ref', 'develop');
    pipeline.repository.commit('main', { 'README.md': 'meanwhile' });
    const tree = git('rev-parse', 'develop^{tree}');
    const merge = git('commit-tree', '-p', 'main', '-p', 'develop', '-m', 'merge', tree);
    pipeline.repository.reset('main', merge);

    const { versions } = JSON.parse((await history('auth', '--json')).stdout);

    expect(versions.map(({ commit }: { commit: string }) => commit)).toEqual([pushed.commit, expect.any(String)]);
  });

  test('is empty without a release', async () => {
    const { exitCode, stderr } = await history();

    expect(exitCode).toBe(2);
    expect(stderr).toContain('the first release writes one');
  });

  test('is empty for a service that was never released', async () => {
    await release('v1.4.0');

    expect(await history('keeper')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("'keeper'") });
  });
});

/** The catalog with the next platform version under development. */
function bumped(): string {
  return pipeline.read('pipeline.yaml').replace('v1.4.0', 'v1.5.0');
}
