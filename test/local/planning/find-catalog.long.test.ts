/** A committed symlink leads no command out of the commit, and no file that is no catalog is quoted. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCatalog } from '../../../local/planning/check';
import { createRepository, type TestEntry, type TestRepository } from '../../support/git/git-repository';
import { type CommandResult, makeSmallPipeline, runCommand } from '../../support/pipeline/small-pipeline';

const CATALOG = 'platform: v1.0.0\nservices: { api: }\n';
/** A catalog, a Dockerfile, a values file or a version lock, if a command takes it for one. */
const SECRET = 'FROM s3cret\nservices: { s3cret: }\n';

let outside: string;
let repository: TestRepository;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'outside-'));
  mkdirSync(join(outside, 'folder'));
  for (const path of ['file', 'folder/Dockerfile', 'folder/values.yaml']) writeFileSync(join(outside, path), SECRET);
  repository = createRepository();
  const files = {
    'pipeline.yaml': CATALOG,
    'api/Dockerfile': 'FROM scratch\nCOPY api /\n',
    'web/Dockerfile': 'FROM x\n',
  };
  repository.commit('main', files);
});
afterEach(() => {
  repository.remove();
  rmSync(outside, { recursive: true, force: true });
});

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  plan: ['plan', '--base', 'main~1'],
  'plan against the version lock': ['plan'],
  explain: ['explain', 'api', '--base', 'main~1'],
  graph: ['graph', '--base', 'main~1'],
  'catalog check': ['catalog', 'check'],
  'catalog init': ['catalog', 'init'],
  backtest: ['backtest', '--since', 'main~1'],
  history: ['history'],
};

function linkTo(path: string): TestEntry {
  return { mode: '120000', content: join(outside, path) };
}

function commitAndRun(files: Readonly<Record<string, TestEntry>>, command: string): Promise<CommandResult> {
  repository.commit('main', files);
  return runCommand(...(COMMANDS[command] ?? []), '--repo', repository.path);
}

function expectNothingOf({ stdout, stderr }: CommandResult): void {
  expect(stdout + stderr).not.toContain('s3cret');
}

describe('a pipeline.yaml that is committed as a symlink to a file outside', () => {
  const readers = Object.keys(COMMANDS).filter((name) => name !== 'catalog init' && name !== 'history');

  test.each(readers)('is refused by %s', async (command) => {
    const result = await commitAndRun({ 'pipeline.yaml': linkTo('file') }, command);

    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/pipeline\.yaml: must be a file; in the commit it is a symlink/);
    expectNothingOf(result);
  });
});

describe('a Dockerfile, a folder, an ignore file and a version lock that are committed as symlinks out of the repository', () => {
  test.each(Object.keys(COMMANDS))('are not followed by %s', async (command) => {
    const commits: readonly Readonly<Record<string, TestEntry>>[] = [
      { 'api/Dockerfile': linkTo('folder/Dockerfile') },
      { 'api/Dockerfile': null, api: linkTo('folder') },
      { 'api/data': linkTo('folder') },
      { '.dockerignore': linkTo('file') },
      { 'version-lock.yaml': linkTo('file') },
    ];
    for (const files of commits) expectNothingOf(await commitAndRun(files, command));
  });

  test('are refused if the plan needs them', async () => {
    const broken = await commitAndRun({ 'api/Dockerfile': linkTo('folder/Dockerfile') }, 'plan');
    const sound = { 'api/Dockerfile': 'FROM scratch\n' };
    const lock = await commitAndRun({ ...sound, 'version-lock.yaml': linkTo('file') }, 'plan against the version lock');

    expect(broken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('symlink that leads to no file') });
    expect(lock).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('version-lock.yaml: is a symlink') });
  });
});

describe('a local run', () => {
  test.each(['pipeline.yaml', 'chart/values.yaml', 'chart/version-lock.yaml'])(
    'refuses a committed symlink as %s',
    async (path) => {
      const pipeline = await makeSmallPipeline();
      pipeline.repository.commit('main', { [path]: linkTo('file') });

      const result = await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main');

      expect(result.exitCode).not.toBe(0);
      expect(result.stdout + result.stderr).toContain(`${path}: is a symbolic link; it must be a file`);
      expectNothingOf(result);
      pipeline.remove();
    },
  );
});

test('a pipeline.yaml of the work tree that is a symlink is refused, too', async () => {
  const repo = join(outside, 'repo');
  repository.commit('main', { 'pipeline.yaml': null });
  repository.git('clone', '--quiet', repository.path, repo);
  symlinkSync(join(outside, 'file'), join(repo, 'pipeline.yaml'));

  await expect(checkCatalog({ repo, ref: 'HEAD' })).rejects.toThrow('symlink');
});

test('a file that is given as the catalog and is none is not quoted', async () => {
  writeFileSync(join(outside, 'file'), 's3cret\n');

  const result = await runCommand('plan', '--repo', repository.path, '--catalog', join(outside, 'file'));

  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('must be a map of keys, not a text') });
  expectNothingOf(result);
});
