/** Files at the path of the values file that cannot be edited are refused with file, line and reason, and nothing is written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestEntry } from '../../support/git/git-repository';
import { type CommitWorld, LOCK, makeCommitWorld, VALUES, VALUES_TEXT } from './commit-world';

let world: CommitWorld;

beforeEach(() => {
  world = makeCommitWorld();
});

afterEach(() => world.repository.remove());

const corpusText = (name: string) => readFileSync(join(__dirname, '../../fixtures/values', name, 'original.yaml'));
const link = (content: string): TestEntry => ({ mode: '120000', content });
const SUBMODULE = { submodule: 'a'.repeat(40) };

test.each<[string, Readonly<Record<string, TestEntry>>, RegExp]>([
  ['a submodule', { [VALUES]: SUBMODULE }, /chart\/values\.yaml: is a submodule; it must be a file/],
  [
    'a file in a submodule',
    { 'chart/values.yaml': null, chart: SUBMODULE },
    /^chart\/values\.yaml is missing at the head of the branch/,
  ],
  [
    'a link to a values file',
    { [VALUES]: link('base.yaml'), 'chart/base.yaml': VALUES_TEXT },
    /values\.yaml: is a symbolic link/,
  ],
  ['a link out of the repository', { [VALUES]: link('/etc/passwd') }, /values\.yaml: is a symbolic link/],
  ['a folder', { [VALUES]: null, [`${VALUES}/a`]: 'one' }, /values\.yaml: is a folder/],
  ['a pointer to git LFS', { [VALUES]: corpusText('refused-lfs-pointer') }, /values\.yaml \(line 1\): .*git LFS/],
  ['a file that SOPS encrypted', { [VALUES]: corpusText('refused-sops') }, /sops \(line 5\): is encrypted with SOPS/],
  ['bytes that are no text', { [VALUES]: Buffer.from([0xff, 0xfe, 0x61, 0]) }, /values\.yaml: is not UTF-8 text/],
  ['an unfinished merge', { [VALUES]: corpusText('refused-conflict-markers') }, /\(line 3\): .*conflict/],
  [
    'the key of a tag twice',
    { [VALUES]: VALUES_TEXT.replace('tag: *tag #', 'tag: v1\n    tag: *tag #') },
    /tag \(line 7\): has the key "tag" twice/,
  ],
  ['no file', { [VALUES]: null }, /^chart\/values\.yaml is missing at the head of the branch/],
  ['a lock that is a link', { [LOCK]: link('lock.yaml') }, /version-lock\.yaml: is a symbolic link/],
])('%s', async (_, files, message) => {
  const { repository, wholeRelease, commitRelease } = world;
  const head = repository.commit('main', files);
  const objects = repository.git('count-objects', '-v');

  await expect(commitRelease(wholeRelease('v1.4.0'))).rejects.toMatchObject({
    name: expect.stringMatching(/^(ValuesFile|InvalidInput)$/),
    message: expect.stringMatching(new RegExp(message, 'm')),
  });

  expect(repository.git('rev-parse', 'main')).toBe(head);
  expect(repository.git('count-objects', '-v')).toBe(objects);
});
