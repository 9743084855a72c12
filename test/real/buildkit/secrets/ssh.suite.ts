/** Keys of a build on the newest BuildKit: an instruction gets an agent, and nothing keeps the key. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../../../local/build/embedded/sample-source';
import { type BuildkitJobs, candidateTagOf, openBuildkitJobs } from '../buildkit-jobs';
import { contentOf } from './registry-content';

const folder = mkdtempSync(join(tmpdir(), 'ssh-suite-'));
const file = join(folder, 'key');
const VARIABLES = { BUILD_SECRETS: JSON.stringify({ deploy: `file:${file}` }) };

let jobs: BuildkitJobs;
let source: SampleSource;
let publicKey: string;
let secretLines: readonly string[];
beforeAll(async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'of-the-test', '-f', file]);
  publicKey = readFileSync(`${file}.pub`, 'utf8').trim();
  secretLines = readFileSync(file, 'utf8').trim().split('\n').slice(1, -1);
  jobs = await openBuildkitJobs();
  source = await makeSampleSource({
    [CATALOG_FILE]: ['platform: v1.4.0', 'services:', '  app: { ssh: { default: deploy } }', '  other: {}', ''].join(
      '\n',
    ),
    'app/Dockerfile': 'FROM tools:1\nRUN --mount=type=ssh,required=true ssh-add -L > /agent\n',
    'other/Dockerfile':
      'FROM tools:1\nRUN --mount=type=ssh s=none; [ ! -S "$SSH_AUTH_SOCK" ] || s=one; echo "agent: $s" > /agent\n',
  });
}, 3_600_000);
afterAll(async () => {
  source?.remove();
  await jobs?.close();
  rmSync(folder, { recursive: true });
});

const job = (service: string) => ({
  source,
  service,
  bases: { digests: { 'tools:1': jobs.images.tools } },
  variables: VARIABLES,
});
const content = (reference: string) => contentOf(jobs.registry.host, 'candidates', reference);

function expectNoKey(...texts: readonly string[]): void {
  for (const text of texts) for (const line of secretLines) expect(text).not.toContain(line);
}

test('an instruction can use the key, and neither log, image, attestations nor cache have it', async () => {
  const { end, log } = await jobs.run(job('app'));
  if (end.status !== 'SUCCEEDED') throw new Error(log);
  const image = await content(candidateTagOf({ source, service: 'app' }));
  const cache = await content('app.cache-release');

  // What is searched is the right text: it has what the agent said, and the provenance with its id.
  expect(image).toContain(`${publicKey}\n`);
  expect(cache).toContain(`${publicKey}\n`);
  expect(image).toMatch(/"ssh":\s*\[\s*\{\s*"id":\s*"default"/);
  expectNoKey(log, image, cache);
});

test('on a shared machine each image gets its own agents only', async () => {
  const { end, log } = await jobs.runTogether([job('app'), job('other')]);
  if (end.status !== 'SUCCEEDED') throw new Error(log);

  expect(await content(candidateTagOf({ source, service: 'other' }))).toContain('agent: none\n');
  expectNoKey(log);
});
