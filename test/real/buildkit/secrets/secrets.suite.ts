/** Secrets of a build on the newest BuildKit: the instructions of its own service get them, and nothing keeps them. */
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../../../local/build/embedded/sample-source';
import { type BuildkitJobs, candidateTagOf, openBuildkitJobs } from '../buildkit-jobs';
import { contentOf } from './registry-content';

const SECRET = 'top-secret-value';
const VARIABLES = { BUILD_SECRETS: JSON.stringify({ npm: 'env:NPM_TOKEN_OF_TEST' }) };

/** Puts a number of characters into the image, which an empty secret would not have. */
const COUNT = `s=; [ ! -e /run/secrets/npm ] || s="$(cat /run/secrets/npm)"; echo "length $\{#s}" > /length`;

let jobs: BuildkitJobs;
let source: SampleSource;
beforeAll(async () => {
  process.env.NPM_TOKEN_OF_TEST = SECRET;
  jobs = await openBuildkitJobs();
  source = await makeSampleSource({
    [CATALOG_FILE]: [
      'platform: v1.4.0',
      'services:',
      '  app: { secrets: [npm], test: { command: [/bin/cat, /length] } }',
      '  other: {}',
      '',
    ].join('\n'),
    'app/Dockerfile': `FROM tools:1\nRUN --mount=type=secret,id=npm,required=true ${COUNT}\n`,
    'other/Dockerfile': `FROM tools:1\nRUN --mount=type=secret,id=npm ${COUNT}\n`,
  });
}, 3_600_000);
afterAll(async () => {
  delete process.env.NPM_TOKEN_OF_TEST;
  source?.remove();
  await jobs?.close();
});

const job = (service: string) => ({
  source,
  service,
  bases: { digests: { 'tools:1': jobs.images.tools } },
  variables: VARIABLES,
});
const pushed = (service: string) => contentOf(jobs.registry.host, 'candidates', candidateTagOf({ source, service }));

test('a secret reaches an instruction, and neither log, image, attestations nor cache have it', async () => {
  const { end, log, exported } = await jobs.run(job('app'));
  if (end.status !== 'SUCCEEDED') throw new Error(log);
  const image = await pushed('app');
  const cache = await contentOf(jobs.registry.host, 'candidates', 'app.cache-release');

  // What is searched is the right text: it has the effect of the secret, and the provenance with its id.
  expect(image).toContain(`length ${SECRET.length}\n`);
  expect(cache).toContain(`length ${SECRET.length}\n`);
  expect(image).toMatch(/"predicateType":\s*"https:\/\/slsa.dev\/provenance/);
  expect(image).toMatch(/"secrets":\s*\[\s*\{\s*"id":\s*"npm"/);
  expect(log).toContain(`length ${SECRET.length}`);
  for (const text of [log, image, cache, JSON.stringify({ end, exported })]) expect(text).not.toContain(SECRET);
});

test('on a shared machine each image gets its own secrets only', async () => {
  const { end, log } = await jobs.runTogether([job('app'), job('other')]);
  if (end.status !== 'SUCCEEDED') throw new Error(log);

  expect(await pushed('app')).toContain(`length ${SECRET.length}\n`);
  expect(await pushed('other')).toContain('length 0\n');
  expect(log).not.toContain(SECRET);
});

test('a build without the secret that the catalog names is not started', async () => {
  const { end, log } = await jobs.run({ ...job('app'), variables: { BUILD_SECRETS: '{}' } });

  expect(end.status).toBe('FAILED');
  expect(log).toContain("the setting buildSecrets has no 'npm'");
});
