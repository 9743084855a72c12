/** Builds that read what the pipeline itself commits. */
import type { InvalidInputError } from '../../../../core/contract/errors';
import { eachTest } from '../../../support/each-test';
import { makePlanWorld } from '../plan-world';

const world = eachTest(makePlanWorld, (each) => each.remove());
const release = { action: 'release', version: 'v1.4.0', ref: 'main' };
const whole = 'FROM scratch\nCOPY . /\n';

test('a plan warns of images that contain the values file or the lock, which every commit of the pipeline changes', async () => {
  world.repository.commit('main', { 'etcd/Dockerfile': whole });

  expect((await world.plan(release)).warnings).toEqual([
    'the images of etcd contain files that the pipeline commits (chart/IMAGE_VERSIONS.md, chart/values.yaml, chart/version-lock.yaml), so that each of its commits makes the next run build them again; exclude these files in .dockerignore, or keep them in a values repository',
  ]);
});

test('a plan has no such warning if an ignore file excludes them', async () => {
  world.repository.commit('main', { 'etcd/Dockerfile': whole, '.dockerignore': 'chart\n' });

  expect((await world.plan(release)).warnings).toBeUndefined();
});

test('a release of a version that was given says that the release itself changed what the build reads', async () => {
  const onTop = 'FROM registry.example/team/etcd\n';
  world.repository.commit('main', { 'etcd/Dockerfile': whole, 'rest_api/Dockerfile': onTop });
  await world.releaseAll('main');
  world.repository.commit('main', { 'auth/Dockerfile': 'FROM scratch\nCOPY auth/main.py /new\n' });

  const problems = await world
    .plan({ ...release, version: 'v1.3.0' })
    .catch((error: InvalidInputError) => error.problems);

  expect(problems).toEqual([
    { path: 'version', message: expect.stringMatching(/^v1\.3\.0 of auth was released .* so choose the next one$/) },
    {
      path: 'version',
      message: expect.stringMatching(
        /^v1\.3\.0 of etcd .*\. Its build reads chart\/IMAGE_VERSIONS\.md, .*, which the release itself wrote; exclude these files in \.dockerignore/,
      ),
    },
    {
      path: 'version',
      message: expect.stringMatching(/^v1\.3\.0 of restapi .* Its build reads an image with files, which the release/),
    },
  ]);
});
