/** Further build contexts on the newest BuildKit: the image changes exactly with the digest, for both targets of one Dockerfile. */
import { CATALOG_FILE, makeSampleSource } from '../../../local/build/embedded/sample-source';
import { layerFiles } from '../../../support/commands/layer-files';
import type { TestEntry } from '../../../support/git/git-repository';
import { type BuildkitJobs, candidateTagOf, openBuildkitJobs } from '../buildkit-jobs';
import { readPushedImage } from '../pushed-image';

let jobs: BuildkitJobs;
beforeAll(async () => {
  jobs = await openBuildkitJobs();
}, 3_600_000);
afterAll(async () => jobs?.close());

const FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'services:',
    '  app: { context: service, contexts: { shared: libs/shared, site: www } }',
    '  api: { dockerfile: app/Dockerfile, context: app, contexts: { shared: libs/shared, site: www }, target: api }',
    '',
  ].join('\n'),
  'app/Dockerfile': `FROM scratch AS api
COPY --from=shared lib /lib
FROM site AS page
FROM scratch
COPY --from=api /lib /lib
COPY --from=page / /site
COPY main /
`,
  'app/main': '1',
  'libs/shared/lib/x': '1',
  'libs/shared/lib/README.md': '1',
  'libs/shared/unread': '1',
  'libs/shared/.dockerignore': '**/*.md\n',
  'www/index.html': '1',
};

/** The input digest of a service, and the files in its image. */
async function built(service: string, changes: Readonly<Record<string, TestEntry>> = {}) {
  const source = await makeSampleSource({ ...FILES, ...changes });
  const { host } = jobs.registry;
  try {
    const { end, log } = await jobs.run({ source, service });
    if (end.status !== 'SUCCEEDED') throw new Error(log);
    const { images } = await readPushedImage(host, 'candidates', candidateTagOf({ source, service }));
    const files: Record<string, string> = {};
    for (const layer of images[0]?.layers ?? []) {
      const reply = await fetch(`http://${host}/v2/candidates/blobs/${layer}`);
      Object.assign(files, layerFiles(new Uint8Array(await reply.arrayBuffer())));
    }
    return { digest: source.digests.get(service), files };
  } finally {
    source.remove();
  }
}

let app: Awaited<ReturnType<typeof built>>;
let api: Awaited<ReturnType<typeof built>>;
beforeAll(async () => {
  [app, api] = [await built('app'), await built('api')];
});

test('the image has what the digest counts', () => {
  expect(api.files).toEqual({ 'lib/x': '1' });
  expect(app.files).toEqual({ 'lib/x': '1', 'site/index.html': '1', main: '1' });
});

test.each<[string, Readonly<Record<string, TestEntry>>, boolean, boolean]>([
  ['a file that is copied', { 'libs/shared/lib/x': '2' }, true, true],
  ['a file of the folder that a stage begins with', { 'www/index.html': '2' }, true, false],
  ['a file that no instruction copies', { 'libs/shared/unread': '2' }, false, false],
  ['a file that the ignore file of the folder excludes', { 'libs/shared/lib/README.md': '2' }, false, false],
  ['a file of the service', { 'app/main': '2' }, true, false],
])('digest and image change together: %s', async (_what, changes, changesApp, changesApi) => {
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const [otherApp, otherApi] = [await built('app', changes), await built('api', changes)];

  expect([otherApp.digest === app.digest, isSame(otherApp.files, app.files)]).toEqual([!changesApp, !changesApp]);
  expect([otherApi.digest === api.digest, isSame(otherApi.files, api.files)]).toEqual([!changesApi, !changesApi]);
});
