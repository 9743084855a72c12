/** The contract of every git host: the repository on disk and each adapter of a host's API. */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { readDirectoryTree } from '../../adapters/git/tree';
import type { GitHost } from '../../core/ports/git';
import { createRepository, type TestRepository } from '../support/git/git-repository';
import { describeCommits, describeHistoryAndFiles, HOSTILE, UNKNOWN } from './git-host-writes';

/** A host under test. Tests fill its repository with git. */
export interface HostUnderTest {
  readonly host: GitHost;
  stop?(): Promise<void>;
}

/** Defines the suite. `start` returns a host on the empty repository. */
export function describeGitHost(name: string, start: (repository: TestRepository) => Promise<HostUnderTest>): void {
  describe(`git host contract: ${name}`, () => {
    let repository: TestRepository;
    let tested: HostUnderTest;
    let host: GitHost;

    beforeEach(async () => {
      repository = createRepository();
      tested = await start(repository);
      host = tested.host;
    });
    afterEach(async () => {
      await tested.stop?.();
      repository.remove();
    });

    describe('resolve', () => {
      test('finds branches, tags, full refs, and full or abbreviated commit ids', async () => {
        const first = repository.commit('main', { a: '1' });
        const second = repository.commit('feature/x', { a: '2' });
        repository.git('tag', 'light', first);
        repository.git('tag', '-a', '-m', 'a release', 'v1.0.0', second);

        expect(await host.resolve('main')).toBe(first);
        expect(await host.resolve('feature/x')).toBe(second);
        expect(await host.resolve('light')).toBe(first);
        expect(await host.resolve('v1.0.0')).toBe(second);
        expect(await host.resolve('refs/heads/feature/x')).toBe(second);
        expect(await host.resolve('refs/tags/v1.0.0')).toBe(second);
        expect(await host.resolve(first)).toBe(first);
        expect(await host.resolve(second.slice(0, 10))).toBe(second);
      });

      test('prefers a branch to a tag with the same name', async () => {
        const tagged = repository.commit('main', { a: '1' });
        repository.git('tag', 'both', tagged);
        const branch = repository.commit('both', { a: '2' });

        expect(await host.resolve('both')).toBe(branch);
      });

      test('never mistakes a branch for a commit whose id is its name', async () => {
        const wanted = repository.commit('main', { a: '1' });
        const other = repository.commit('other', { a: '2' });
        repository.git('update-ref', `refs/heads/${wanted}`, other);

        expect(await host.resolve(wanted)).toBe(wanted);
      });

      test.each(['nowhere', 'refs/heads/nowhere', UNKNOWN, 'abcdef1', ''])('refuses %p', async (ref) => {
        repository.commit('main', { a: '1' });

        await expect(host.resolve(ref)).rejects.toMatchObject({ name: 'InvalidInput' });
      });

      test.each([
        '--help',
        '-a',
        '--output=/tmp/x',
        'main:a',
        ':/a',
        '@',
        '../main',
        'a b',
        'main\nx',
        'a\0b',
        'a..b',
        'x'.repeat(260),
      ])('refuses %p as the name of nothing', async (ref) => {
        repository.commit('main', { a: '1' });

        await expect(host.resolve(ref)).rejects.toMatchObject({ name: 'InvalidInput' });
      });

      test.each(HOSTILE)('finds the branch %p', async (branch) => {
        repository.commit('main', { a: '1' });
        const commit = repository.commit(branch, { a: branch });

        expect(await host.resolve(branch)).toBe(commit);
        expect(await host.resolve(`refs/heads/${branch}`)).toBe(commit);
        expect(await host.head(branch)).toBe(commit);
      });

      test('accepts any names of files to prefetch and returns their contents unchanged', async () => {
        const files = {
          'chart/values.yaml': 'tag: ä\r\n',
          bom: '\ufeffx',
          latin1: Buffer.from([0x66, 0xfc]),
          binary: Buffer.from([0, 1]),
          empty: '',
          large: 'ü'.repeat(400_000),
          link: { mode: '120000', content: 'bom' },
          vendor: { submodule: UNKNOWN },
        } as const;
        const commit = repository.commit('main', files);
        repository.git('tag', '-a', '-m', 'a release', 'v1.0.0', commit);
        const ahead = [...Object.keys(files), 'chart', 'none', '../etc/passwd', '/', '', 'a"b', '$x', 'bom', 'x\0y'];

        for (const ref of ['main', 'refs/heads/main', 'v1.0.0', commit, commit.slice(0, 10)]) {
          expect(await host.resolve(ref, ahead)).toBe(commit);
        }
        await expect(host.resolve('nowhere', ahead)).rejects.toMatchObject({ name: 'InvalidInput' });

        const tree = (await host.tree(commit)).filter(({ mode }) => mode !== '160000');
        const blobs = await host.blobs(tree.map(({ id }) => id));
        for (const { path, id } of tree) {
          const content = files[path as keyof typeof files];
          const bytes = typeof content === 'object' && 'content' in content ? content.content : content;
          expect(blobs.get(id)?.equals(Buffer.from(bytes as string))).toBe(true);
        }
      });

      test('refuses every ref of an empty repository', async () => {
        await expect(host.resolve('main')).rejects.toMatchObject({ name: 'InvalidInput' });
        await expect(host.head('main')).resolves.toBeUndefined();
      });
    });

    describe('branches', () => {
      test('lists all branches with head, message and time, on several pages too', async () => {
        const commit = repository.commit('main', { a: '1' }, 'a message');
        const other = repository.commit('feature/ü', { a: '2' }, 'another');
        repository.git('tag', 'v1', commit);
        for (let index = 0; index < 120; index += 1) repository.git('update-ref', `refs/heads/many/${index}`, commit);

        const branches = await host.branches();

        expect(branches).toHaveLength(122);
        const found = branches.find(({ name }) => name === 'feature/ü');
        expect(found).toMatchObject({ commit: other, message: expect.stringContaining('another') });
        expect(Math.abs(Date.now() - (found?.committedAt ?? 0))).toBeLessThan(60_000);
      });

      test('lists no branch of an empty repository', async () => {
        expect(await host.branches()).toEqual([]);
      });
    });

    describe('tree', () => {
      test('lists files with mode and blob id, sorted by bytes, without folders', async () => {
        const commit = repository.commit('main', {
          'b/c': 'in a folder',
          'b-c': 'beside it',
          'b.c': 'beside it too',
          run: { mode: '100755', content: '#!/bin/sh\n' },
          link: { mode: '120000', content: 'b/c' },
          vendor: { submodule: UNKNOWN },
          ü: 'not ascii',
          '\u{1f600}': 'beyond the basic plane',
          '\uff5e': 'sorted before it',
          '-rf': 'a dash',
          'two words': 'a space',
        });

        const tree = await host.tree(commit);

        const paths = tree.map((entry) => entry.path);
        const expected = ['-rf', 'b-c', 'b.c', 'b/c', 'link', 'run', 'two words', 'vendor', 'ü', '\uff5e', '\u{1f600}'];
        expect(paths).toEqual(expected);
        expect(tree.find((entry) => entry.path === 'run')?.mode).toBe('100755');
        expect(tree.find((entry) => entry.path === 'link')?.mode).toBe('120000');
        expect(tree.find((entry) => entry.path === 'vendor')).toEqual({ path: 'vendor', mode: '160000', id: UNKNOWN });
        expect(tree.find((entry) => entry.path === 'b/c')?.id).toBe(repository.git('rev-parse', `${commit}:b/c`));
      });

      test('fails for an unknown commit', async () => {
        repository.commit('main', { a: '1' });

        await expect(host.tree(UNKNOWN)).rejects.toMatchObject({ name: 'GitHostError' });
      });
    });

    describe('blobs', () => {
      test('returns exact bytes, each id once', async () => {
        const binary = Buffer.from([0, 255, 13, 10, 0, 10]);
        const files = { binary, empty: '', text: 'ä\r\n', bom: '\ufeffx', large: Buffer.alloc(700_000, 'line\n') };
        const commit = repository.commit('main', files);
        const ids = new Map((await host.tree(commit)).map((entry) => [entry.path, entry.id]));

        const blobs = await host.blobs([...ids.values(), ...ids.values()]);

        for (const [path, content] of Object.entries(files)) {
          expect(blobs.get(ids.get(path) ?? '')?.equals(Buffer.from(content))).toBe(true);
        }
        expect(blobs.size).toBe(5);
      });

      test('reads more blobs than one request of any host can return', async () => {
        const files = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`f${index}`, `content ${index}`]));
        const tree = await host.tree(repository.commit('main', files));

        const blobs = await host.blobs(tree.map((entry) => entry.id));

        expect(tree.every((entry) => blobs.get(entry.id)?.toString() === files[entry.path])).toBe(true);
      });

      test('returns nothing for no ids, and fails for an id that is unknown or not a blob', async () => {
        const commit = repository.commit('main', { a: '1' });

        expect((await host.blobs([])).size).toBe(0);
        await expect(host.blobs([UNKNOWN])).rejects.toMatchObject({ name: 'GitHostError' });
        await expect(host.blobs([commit])).rejects.toMatchObject({ name: 'GitHostError' });
        await expect(host.blobs(['--help'])).rejects.toMatchObject({ name: 'GitHostError' });
      });
    });

    describe('archive', () => {
      test('unpacks to exactly the tree of the commit, with empty folders for submodules', async () => {
        const commit = repository.commit('main', {
          [`${'deep/'.repeat(40)}file`]: 'a long path',
          'bin/run': { mode: '100755', content: '#!/bin/sh\n' },
          'link to folder': { mode: '120000', content: 'bin' },
          empty: '',
          binary: Buffer.from([0, 1, 2, 255]),
          large: Buffer.alloc(300_000, 7),
          ümläut: 'ä',
        });
        const folder = mkdtempSync(join(tmpdir(), 'archive-'));

        await unpack(host, commit, folder);

        expect(await readDirectoryTree(folder)).toEqual(await host.tree(commit));
        expect(readlinkSync(join(folder, 'link to folder'))).toBe('bin');
        rmSync(folder, { recursive: true });
      });

      test('has an empty folder instead of a submodule', async () => {
        const commit = repository.commit('main', { 'vendor/lib': { submodule: UNKNOWN }, a: '1' });
        const folder = mkdtempSync(join(tmpdir(), 'archive-'));

        await unpack(host, commit, folder);

        expect(lstatSync(join(folder, 'vendor/lib')).isDirectory()).toBe(true);
        rmSync(folder, { recursive: true });
      });

      test('fails for an unknown commit instead of ending early', async () => {
        await expect(readAll(host, UNKNOWN)).rejects.toMatchObject({ name: 'GitHostError' });
      });
    });

    describeHistoryAndFiles(() => ({ repository, host }));
    describeCommits(() => ({ repository, host }));
  });
}

async function readAll(host: GitHost, commit: string): Promise<string> {
  return text(await host.archive(commit));
}

async function unpack(host: GitHost, commit: string, folder: string): Promise<void> {
  const chunks: Buffer[] = [];
  await pipeline(await host.archive(commit), async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) chunks.push(chunk);
  });
  execFileSync('tar', ['-xzf', '-', '-C', folder], { input: Buffer.concat(chunks) });
}
