/** External base images of a job: pulled by the digest that the plan saw, under the name that the Dockerfile has. */
import { findBaseImages } from '../../../buildspecs/job/base-images';
import type { JobSource } from '../../../buildspecs/job/read-source';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { buildImages } from '../../../core/image/build-images';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;

function basesOf(names: readonly string[], digests: Readonly<Record<string, string>>, mirrors = {}) {
  const source: JobSource = {
    catalog: parseCatalog('platform: v1.4.0\nservices: { app: }\n'),
    inputs: new Map(),
    ownImages: new Map(),
    imageNames: () => names,
  };
  const job = {
    service: 'app',
    inputDigest: 'a'.repeat(40),
    candidate: 'registry.example/candidates:app.x',
    bases: { digests, images: {}, noCache: false, cacheScope: 'release' },
    commit: 'c'.repeat(40),
    catalogFile: 'pipeline.yaml',
    releases: 'registry.example/team',
    buildImages: buildImages(),
    mirrors,
    secrets: {},
  };
  return findBaseImages(source, job).map(({ name, from, otherwise }) => [name, from, otherwise]);
}

test.each([
  ['python:3.12', `docker.io/library/python@${ONE}`],
  ['python', `docker.io/library/python@${ONE}`],
  ['localhost:5000/team/base:1', `localhost:5000/team/base@${ONE}`],
  ['registry.example/team/other:1', `registry.example/team/other@${ONE}`],
])('%s is pulled as %s', (name, from) => {
  expect(basesOf([name], { [name]: ONE })).toEqual([[name, from, from]]);
});

test('each name has its own digest; unknown and pinned images are left to the build', () => {
  const names = ['python:3.12', 'nginx', `redis@${ONE}`, 'constructor'];
  expect(basesOf(names, { 'python:3.12': ONE, nginx: TWO }).map(([name]) => name)).toEqual(['python:3.12', 'nginx']);
});

test('an image of a host with a mirror is pulled from it, and any other from its host', () => {
  const mirrors = { 'docker.io': 'mirror.example/hub' };

  expect(
    basesOf(['python:3.12', 'ghcr.io/team/x:1'], { 'python:3.12': ONE, 'ghcr.io/team/x:1': TWO }, mirrors),
  ).toEqual([
    ['python:3.12', `mirror.example/hub/library/python@${ONE}`, `docker.io/library/python@${ONE}`],
    ['ghcr.io/team/x:1', `ghcr.io/team/x@${TWO}`, `ghcr.io/team/x@${TWO}`],
  ]);
});

test('a base image of a catalog image alone is not pulled', () => {
  expect(basesOf([], { 'python:3.12': ONE })).toEqual([]);
});
