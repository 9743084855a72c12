/** A release is tagged in git on its source commit, on one machine with real git. */

import { eachTest } from '../support/each-test';
import { makeSmallPipeline } from '../support/pipeline/small-pipeline';

const pipeline = eachTest(
  () => makeSmallPipeline({ releaseTag: { pattern: 'release/{version}' } }),
  (pipeline) => pipeline.remove(),
);

const git = (...args: string[]) => pipeline.repository.git(...args);
const release = (version: string) => pipeline.report('release', '--version', version, '--ref', 'main');

test('a release gets an annotated tag, which a second run of the same release leaves as it is', async () => {
  const source = git('rev-parse', 'main');

  const report = await release('v1.4.0');

  expect(report).toMatchObject({ status: 'SUCCEEDED', tag: { name: 'release/v1.4.0', commit: source } });
  expect(git('cat-file', '-t', 'refs/tags/release/v1.4.0')).toBe('tag');
  expect(git('rev-parse', 'release/v1.4.0^{commit}')).toBe(source);
  expect(git('for-each-ref', '--format=%(contents)', 'refs/tags')).toContain(
    `Run-Id: ${report.run}\nValues-Commit: ${git('rev-parse', 'main')}`,
  );

  const id = git('rev-parse', 'refs/tags/release/v1.4.0');
  expect(await release('v1.4.0')).toMatchObject({ status: 'SUCCEEDED', tag: { commit: source } });
  expect(git('rev-parse', 'refs/tags/release/v1.4.0')).toBe(id);
}, 120_000);

test('a release whose tag is on another commit is refused before anything is built or written', async () => {
  git('tag', 'release/v1.4.0', 'main');
  const head = pipeline.repository.commit('main', { 'auth/main.py': 'print(2)\n' });

  for (const args of [[], ['--dry-run']]) {
    const refused = await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main', ...args);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /InvalidInput: .*\n {2}version: tag release\/v1\.4\.0 is there already, on commit \w{8}, and this release is of \w{8}; choose the next version, or remove the tag/,
    );
  }
  expect(git('rev-parse', 'main')).toBe(head);
}, 120_000);

test('a dry run and a push make no tag', async () => {
  git('branch', 'develop', 'main');
  await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main', '--dry-run');
  expect(await pipeline.report('push', '--ref', 'develop')).not.toHaveProperty('tag');
  expect(git('tag', '--list')).toBe('');
}, 120_000);
