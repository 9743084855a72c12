import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { createRepository, gitEnvironment, type TestRepository } from '../../../support/git/git-repository';

describeGitHost('repository on disk', async (repository) => ({ host: createLocalGitHost(repository.path) }));

describe('a repository on disk', () => {
  let folder: string;
  let repository: TestRepository;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-git-host-'));
    repository = createRepository();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    repository.remove();
  });

  function git(directory: string, ...args: string[]): string {
    return execFileSync('git', ['-C', directory, ...args], { env: gitEnvironment(), encoding: 'utf8' }).trim();
  }

  test.each([
    ['does not exist', () => join(folder, 'nothing')],
    ['is not a directory', () => fileIn(folder)],
    ['is not a git repository', () => folder],
    ['is not a git repository', () => subfolderOf(clone())],
    ['uses sha256 object ids', () => sha256Repository()],
  ])('is refused if it %s', async (reason, directory) => {
    const host = createLocalGitHost(directory());

    await expect(host.resolve('main')).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(reason),
    });
  });

  test('is found through a symbolic link', async () => {
    const commit = repository.commit('main', { a: '1' });
    symlinkSync(repository.path, join(folder, 'link'));

    expect(await createLocalGitHost(join(folder, 'link')).resolve('main')).toBe(commit);
  });

  test('resolves HEAD and ancestors of a name in a clone', async () => {
    const first = repository.commit('main', { a: '1' });
    const second = repository.commit('main', { a: '2' });
    const host = createLocalGitHost(clone());

    expect(await host.resolve('HEAD')).toBe(second);
    expect(await host.resolve('HEAD~1')).toBe(first);
    expect(await host.resolve('main^')).toBe(first);
    expect(await host.resolve(`${second.slice(0, 8)}~1`)).toBe(first);
    await expect(host.resolve('main~2')).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  test('ignores git variables in the environment of the caller', async () => {
    const commit = repository.commit('main', { a: '1' });
    process.env.GIT_DIR = join(folder, 'elsewhere');

    try {
      expect(await createLocalGitHost(repository.path).resolve('main')).toBe(commit);
    } finally {
      delete process.env.GIT_DIR;
    }
  });

  test('ignores attributes and replacements, so that a build gets the bytes of the commit', async () => {
    const files = { '.gitattributes': 'secret export-ignore\nstamp export-subst\n', secret: 's', stamp: '$Format:%H$' };
    const commit = repository.commit('main', files);
    const blob = repository.git('rev-parse', `${commit}:secret`);
    repository.git('replace', blob, repository.git('rev-parse', `${commit}:stamp`));

    const archive = gunzipSync(await buffer(await createLocalGitHost(repository.path).archive(commit)));

    execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('s');
    expect(readFileSync(join(folder, 'stamp'), 'utf8')).toBe('$Format:%H$');
  });

  test('returns the same archive bytes every time', async () => {
    const commit = repository.commit('main', {
      a: '1',
      b: { mode: '120000', content: 'a' },
      [`${'x'.repeat(200)}ü`]: '2',
    });
    const host = createLocalGitHost(repository.path);

    const archives = [await buffer(await host.archive(commit)), await buffer(await host.archive(commit))];

    expect(archives[0]?.equals(archives[1] ?? Buffer.alloc(0))).toBe(true);
  });

  test('fails an archive with a missing blob instead of ending it early', async () => {
    const commit = repository.commit('main', { a: '1', b: 'x'.repeat(100_000) });
    const id = repository.git('rev-parse', `${commit}:b`);
    rmSync(join(repository.path, 'objects', id.slice(0, 2), id.slice(2)), { force: true });

    const archive = await createLocalGitHost(repository.path).archive(commit);

    await expect(buffer(archive)).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining(id) });
  });

  test('stops git when the reader closes an archive', async () => {
    const commit = repository.commit('main', { big: Buffer.alloc(30_000_000, 'abc') });
    const archive = await createLocalGitHost(repository.path).archive(commit);

    await new Promise((done) => archive.once('readable', done));
    archive.destroy();

    await expect(new Promise((done) => archive.once('close', () => done('closed')))).resolves.toBe('closed');
  });

  test('keeps the executable bit of a file that it changes', async () => {
    const parent = repository.commit('main', { run: { mode: '100755', content: 'one' } });
    const proposal = { branch: 'main', parent, files: [{ path: 'run', content: 'two' }], message: 'x' };

    await createLocalGitHost(repository.path).commit(proposal);

    expect(repository.git('ls-tree', 'main', 'run')).toMatch(/^100755 /);
  });

  test('refuses to move a branch that is checked out, because its files would go stale', async () => {
    const parent = repository.commit('main', { a: '1' });
    const proposal = { branch: 'main', parent, files: [{ path: 'a', content: '2' }], message: 'x' };

    await expect(createLocalGitHost(clone()).commit(proposal)).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining('checked out'),
    });
  });

  test('reports a branch that another process keeps locked, and does not move it', async () => {
    const parent = repository.commit('main', { a: '1' });
    writeFileSync(join(repository.path, 'refs', 'heads', 'main.lock'), '');
    const proposal = { branch: 'main', parent, files: [{ path: 'a', content: '2' }], message: 'x' };

    await expect(createLocalGitHost(repository.path).commit(proposal)).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringMatching(/branch 'main' cannot be updated: .*main\.lock/),
    });
    expect(repository.git('rev-parse', 'main')).toBe(parent);
  }, 20_000);

  test('reports a missing git command', async () => {
    const path = process.env.PATH;
    process.env.PATH = folder;

    try {
      await expect(createLocalGitHost(repository.path).resolve('main')).rejects.toMatchObject({
        name: 'GitHostError',
        message: expect.stringContaining('install git'),
      });
    } finally {
      process.env.PATH = path;
    }
  });

  function clone(): string {
    if (repository.git('for-each-ref') === '') repository.commit('main', { 'sub/a': '1' });
    const path = join(folder, 'clone');
    git(folder, 'clone', '--quiet', repository.path, path);
    return path;
  }

  function subfolderOf(path: string): string {
    return join(path, 'sub');
  }

  function sha256Repository(): string {
    const path = join(folder, 'sha256');
    git(folder, 'init', '--quiet', '--object-format=sha256', path);
    return path;
  }

  function fileIn(directory: string): string {
    const path = join(directory, 'file');
    writeFileSync(path, '');
    return path;
  }
});
