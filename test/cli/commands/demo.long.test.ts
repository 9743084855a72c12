import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimHome } from '../../../local/demo/choose-home';
import { startRegistry } from '../../../local/registry/start-registry';
import { homePaths } from '../../../local/runtime/home';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { CATALOG, FILES, runCommand } from '../../support/pipeline/small-pipeline';

let folder: string;
let repository: TestRepository;

beforeEach(() => {
  // A shell would take this name apart.
  folder = mkdtempSync(join(tmpdir(), "demo of it's $HOME "));
  repository = createRepository();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  repository.remove();
});

const demo = (...args: string[]) =>
  runCommand('demo', '--repo', repository.path, '--folder', folder, '--builder', 'embedded', ...args);

/** The `npx pipeline` commands of a text, taken apart by a shell. */
function suggested(text: string): readonly string[][] {
  const lines = [...text.matchAll(/^ {2}npx pipeline (.*)$/gm)].map(([, line = '']) => line);
  return lines.map((line) => {
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`]).toString('utf8');
    return words.split('\0').slice(0, -1);
  });
}

describe('the demonstration on your own repository', () => {
  test('releases its head, has nothing to do the second time, and only reads the repository', async () => {
    const commit = repository.commit('main', FILES);

    const { exitCode, stdout } = await demo();

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('nothing is left to build') });
    expect(repository.git('for-each-ref', '--format=%(objectname)')).toBe(commit);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
    expect(summary.runs).toMatchObject([
      { action: 'release', build: 4, retag: 0, keep: 0, failed: 0, commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
      { action: 'release', build: 0, retag: 4, keep: 0, failed: 0, commit: null },
    ]);
  });

  test('works on a monorepo and a values repository, and only reads both', async () => {
    const { 'chart/values.yaml': values = '', 'chart/Chart.yaml': chart = '', ...sources } = FILES;
    const deployments = createRepository();
    const heads = [
      repository.commit('main', sources),
      deployments.commit('main', { 'live/values.yaml': values, 'live/Chart.yaml': chart }),
    ];

    const { exitCode, stdout } = await demo('--values-repo', deployments.path);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('nothing is left to build') });
    expect([repository, deployments].map(({ git }) => git('for-each-ref', '--format=%(objectname)'))).toEqual(heads);
    const clone = join(folder, 'repository-git', 'values.git');
    const head = execFileSync('git', ['--git-dir', clone, 'log', '-1', '--format=%s', 'main']).toString();
    expect(head).toMatch(/^release v1\.4\.0/);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
    expect(summary.runs).toMatchObject([{ build: 4 }, { build: 0, retag: 4, commit: null }]);
    deployments.remove();
  });

  test('refuses a values repository beside the sample', async () => {
    const { exitCode, stderr } = await runCommand('demo', '--values-repo', repository.path, '--folder', folder);

    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--values-repo: is given without --repo')]);
  });

  test('suggests commands that succeed, and keeps its home at the next start', async () => {
    repository.commit('main', FILES);
    const first = await demo();
    const home = join(folder, 'repository-git');

    const commands = suggested(first.stdout);
    const results = [];
    for (const words of commands) results.push(await runCommand(...words));
    const commit = execFileSync('git', ['--git-dir', join(home, 'repository.git'), 'rev-parse', 'main']).toString();
    const second = await demo();

    expect(commands).toHaveLength(2);
    expect(results.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      commands.map(() => ({ exitCode: 0, stderr: expect.not.stringContaining('Error') })),
    );
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/repository-git is kept; this is .*-2/),
    });
    expect(execFileSync('git', ['--git-dir', join(home, 'repository.git'), 'rev-parse', 'main']).toString()).toBe(
      commit,
    );
  });

  test('suggests to start over after a failed run, and no run that would fail again', async () => {
    repository.commit('main', { ...FILES, 'pipeline.yaml': `${CATALOG}  ghost: ghost\n` });

    const { exitCode, stdout } = await demo();

    expect(exitCode).toBe(1);
    expect(suggested(stdout)).toEqual([]);
    expect(stdout).toMatch(/npm start -- --repo .* --fresh/);
  });

  test('refuses a folder in which the home would be the repository itself, and writes nothing', async () => {
    repository.commit('main', FILES);
    const clone = join(folder, 'shop');
    execFileSync('git', ['clone', '--quiet', repository.path, clone]);
    const before = readdirSync(folder);

    const { exitCode, stderr } = await runCommand('demo', '--repo', clone, '--folder', folder, '--builder', 'embedded');

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('name another folder') });
    expect(readdirSync(folder)).toEqual(before);
    expect(existsSync(join(clone, '.git', 'HEAD'))).toBe(true);
  });

  test.each<[string, string[]]>([
    ['a values file that is not there', ['--values', 'no.yaml']],
    ['a branch that is not there', ['--ref', 'no']],
    ['a catalog that is not there', ['--catalog', '/nowhere/c.yaml']],
    ['a registry that is no host', ['--registry', 'ftp://x/']],
    ['a builder that is none', ['--builder', 'magic']],
  ])('does not empty a home with --fresh if there is %s', async (_, wrong) => {
    repository.commit('main', FILES);
    const home = join(folder, 'repository-git');
    await claimHome(
      { home, kept: [], isEarlier: false },
      { path: repository.path, gitDirectory: repository.path, isShallow: false, isBare: true },
    );
    mkdirSync(join(home, 'repository.git'));

    const { exitCode } = await demo('--fresh', ...wrong);

    expect(exitCode).toBe(2);
    expect(readdirSync(home)).toContain('repository.git');
  });

  test('releases to a registry with an http URL, without TLS in later runs, too', async () => {
    repository.commit('main', FILES);
    const registry = await startRegistry({ directory: join(folder, 'other-registry') });

    const { exitCode, stdout } = await demo('--registry', `http://${registry.host}/`);
    await registry.close();

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining(`registry ${registry.host} (given)`),
    });
    const { settings } = JSON.parse(readFileSync(homePaths(join(folder, 'repository-git')).settings, 'utf8'));
    expect(settings).toMatchObject({
      releases: { host: registry.host },
      candidates: { host: registry.host },
      plainHttp: [registry.host],
    });
  });

  test('does not overwrite another file with its summary', async () => {
    repository.commit('main', FILES);
    writeFileSync(join(folder, 'summary.json'), '{ "mine": true }');

    const { exitCode, stderr } = await demo();

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('summary.json') });
    expect(readFileSync(join(folder, 'summary.json'), 'utf8')).toBe('{ "mine": true }');
    expect(readdirSync(folder)).toEqual(['summary.json']);
  });

  test('records versions, and writes no other file, if there is no chart', async () => {
    repository.commit('main', { ...FILES, 'chart/Chart.yaml': null, 'chart/values.yaml': null });

    const { exitCode } = await demo();

    expect(exitCode).toBe(0);
    const git = ['--git-dir', join(folder, 'repository-git', 'repository.git')];
    const written = String(
      execFileSync('git', [...git, 'diff', '--name-only', repository.git('rev-parse', 'main'), 'main']),
    );
    expect(written.split('\n').filter((path) => !FILES[path] && path !== '')).toEqual([
      'IMAGE_VERSIONS.md',
      'version-lock.yaml',
    ]);
    expect(String(execFileSync('git', [...git, 'show', 'main:version-lock.yaml']))).toMatch(/^auth: \{ version: "v/m);
  });

  test('writes the values files of all charts that the catalog names', async () => {
    repository.commit('main', {
      ...FILES,
      'pipeline.yaml': CATALOG.replace('{ path: auth,', '{ path: auth, values: { auth: image.tag },').replace(
        '{ path: ngui,',
        '{ path: ngui, values: { chart: ngui.image.tag },',
      ),
      'charts/auth/Chart.yaml': 'name: auth\nversion: 0.1.0\n',
      'charts/auth/values.yaml': 'image: { tag: v1.3.0 }\n',
    });

    const { exitCode, stdout } = await demo();

    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    const written = execFileSync('git', [
      '--git-dir',
      join(folder, 'repository-git', 'repository.git'),
      'log',
      '--name-only',
      '--format=',
      'main',
    ]);
    expect(String(written).split('\n')).toEqual(
      expect.arrayContaining(['charts/auth/values.yaml', 'version-lock.yaml']),
    );
  });

  const OVERLAY = 'images:\n  - { name: auth, newName: acme/auth, newTag: v1.3.0 }\n';

  test.each([
    [
      'a values file that no chart has',
      { 'pipeline.yaml': CATALOG.replace('{ path: auth,', '{ path: auth, values: { auth: image.tag },') },
      /names the values files auth, and no chart, kustomization, manifest or compose file has such a name/,
    ],
    ['no catalog', { 'pipeline.yaml': null }, /--catalog FILE/],
    [
      'two charts that have as many of the tags',
      { 'b/Chart.yaml': 'name: b\n', 'b/values.yaml': FILES['chart/values.yaml'] ?? '' },
      /several values files: b\/values\.yaml, chart\/values\.yaml; choose one with --values/,
    ],
    [
      'two overlays with the same tags',
      {
        'chart/Chart.yaml': null,
        'chart/values.yaml': null,
        'overlays/dev/kustomization.yaml': OVERLAY,
        'overlays/prod/kustomization.yaml': OVERLAY,
        'pipeline.yaml': CATALOG.replace('{ path: auth,', '{ path: auth, values: "images[name=auth].newTag",'),
      },
      /several values files: overlays\/dev\/kustomization\.yaml, overlays\/prod\/kustomization\.yaml; choose one with --values/,
    ],
    ['a catalog that is none', { 'pipeline.yaml': 'services: [' }, /InvalidCatalog/],
    ['a service too many', { 'pipeline.yaml': `${CATALOG}  ghost: ghost\n` }, /ghost/],
  ])('reports the problem with %s', async (_, change, message) => {
    repository.commit('main', { ...FILES, ...change });

    const { exitCode, stdout, stderr } = await demo();

    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(message);
  });

  test('reports a missing repository', async () => {
    const { exitCode, stderr } = await runCommand('demo', '--repo', join(folder, 'none'), '--folder', folder);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/none: does not exist/);
  });
});
