import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { CATALOG, FILES, runCommand } from '../../support/pipeline/small-pipeline';

let folder: string;
let repository: TestRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'));
  repository = createRepository();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  repository.remove();
});

const demo = (...args: string[]) =>
  runCommand('demo', '--repo', repository.path, '--folder', folder, '--builder', 'embedded', ...args);

describe("the demonstration on a repository of one's own", () => {
  test('releases its head, finds nothing to do the second time, and only reads the repository', async () => {
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

  test('makes up a values file where there is no chart', async () => {
    repository.commit('main', { ...FILES, 'chart/Chart.yaml': null, 'chart/values.yaml': null });

    const { exitCode } = await demo();

    expect(exitCode).toBe(0);
  });

  test.each([
    ['no catalog', { 'pipeline.yaml': null }, /--catalog FILE/],
    [
      'two charts',
      { 'b/Chart.yaml': 'name: b\n', 'b/values.yaml': 'a: 1\n' },
      /several: b\/values\.yaml, chart\/values\.yaml/,
    ],
    ['a catalog that is none', { 'pipeline.yaml': 'services: [' }, /InvalidCatalog/],
    ['a service too many', { 'pipeline.yaml': `${CATALOG}  ghost: ghost\n` }, /ghost/],
  ])('says what is wrong with %s', async (_, change, message) => {
    repository.commit('main', { ...FILES, ...change });

    const { exitCode, stdout, stderr } = await demo();

    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(message);
  });

  test('says so if there is no such repository', async () => {
    const { exitCode, stderr } = await runCommand('demo', '--repo', join(folder, 'none'), '--folder', folder);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--repo/);
  });
});
