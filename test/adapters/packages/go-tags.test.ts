/** Versions of Go modules as tags of a real repository. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { createLocalTags } from '../../../adapters/git/local/tags';
import { createGoTags } from '../../../adapters/packages/go-tags';
import { GO } from '../../../core/modules/go/go';
import type { PackageIndex } from '../../../core/ports/packages';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryClaims } from '../../support/pipeline/memory-state';

const NAME = 'github.com/shop/mono/tools/greet';
const CONTENT = 'd'.repeat(40);
const MOD = { name: 'v1.3.0.mod', bytes: Buffer.from('') };

let repository: TestRepository;
let commit: string;
let claims: ReturnType<typeof createMemoryClaims>;
beforeEach(() => {
  repository = createRepository();
  commit = repository.commit('main', { 'tools/greet/go.mod': `module ${NAME}\n` });
  claims = createMemoryClaims();
});
afterEach(() => repository.remove());

function open(at = commit, contentDigest = CONTENT): PackageIndex {
  const git = createLocalGitHost(repository.path);
  const tags = createLocalTags(repository.path, { now: () => 0 });
  return createGoTags({ git, tags, claims })({ path: 'tools/greet', commit: at, contentDigest, run: 'run-1' });
}
const claim = () => claims.claim({ image: GO.claimName(NAME), version: '1.3.0', digest: CONTENT, run: 'run-1' });
const tagged = () => repository.git('rev-parse', 'tools/greet/v1.3.0^{commit}');

test('a release is an annotated tag on the planned commit, and adding it again does nothing', async () => {
  expect(await open().files(NAME, '1.3.0')).toEqual([]);
  await claim();
  await open().add(NAME, '1.3.0', MOD);
  await open().add(NAME, '1.3.0', MOD);

  expect(tagged()).toBe(commit);
  expect(repository.git('cat-file', '-t', 'tools/greet/v1.3.0')).toBe('tag');
  expect(repository.git('for-each-ref', '--format=%(contents:subject)', 'refs/tags')).toBe(`${NAME} v1.3.0`);
  expect(await open().files(NAME, '1.3.0')).toEqual(['v1.3.0.mod']);
});

test('a tag is never moved: one that is on another commit is told with what to do', async () => {
  repository.git('tag', 'tools/greet/v1.3.0', commit);
  const later = repository.commit('main', { 'tools/greet/greet.go': 'package greet\n' });

  expect(await open(later).files(NAME, '1.3.0')).toEqual(['v1.3.0.mod']);
  await expect(open(later).add(NAME, '1.3.0', MOD)).rejects.toMatchObject({
    name: 'PackageIndexError',
    message: expect.stringContaining(
      `tools/greet/v1.3.0 is on commit ${commit.slice(0, 8)} by now, and no tag is moved`,
    ),
  });
  expect(tagged()).toBe(commit);
});

test('a tag that a person put on the planned commit is free for its content, until a run claims it', async () => {
  repository.git('tag', 'tools/greet/v1.3.0', commit);

  expect(await open().files(NAME, '1.3.0')).toEqual([]);
  await claim();
  expect(await open().files(NAME, '1.3.0')).toEqual(['v1.3.0.mod']);
});

test('a development version has no tag, and is known by its content alone', async () => {
  const version = `1.4.0${GO.versionSuffix(CONTENT)}`;
  await open().add(NAME, version, MOD);

  expect(repository.git('tag', '--list')).toBe('');
  expect(await open().files(NAME, version)).toEqual([`v${version}.mod`]);
  expect(await open(commit, 'e'.repeat(40)).files(NAME, version)).toEqual([]);
});
