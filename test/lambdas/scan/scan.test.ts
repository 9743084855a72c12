/** The scan step: which images it asks about, how long it waits, and what it lets pass. */
import { objectKeys } from '../../../core/contract/keys';
import { plannedService } from '../../support/pipeline/runs';
import { CRITICAL, foundIn, PLANNED, world } from './scan-world';

const waiver = (text: string) => `waivers:\n  - { ${text}, reason: not reachable, by: alice }\n`;
const DONE = { next: 'done', seconds: 0 };

test('images that were built and images that are retagged are scanned where they are', async () => {
  const { look, asked, digestOf, record } = await world();

  expect(await look()).toEqual(DONE);
  expect(asked.toSorted()).toEqual([
    `registry.example/candidates@${digestOf('auth')}`,
    `registry.example/team/ngui@${digestOf('ngui')}`,
  ]);
  expect((await record()).report).toMatchObject({
    verdict: 'passed',
    images: [{ service: 'auth' }, { service: 'ngui' }],
  });
});

test('a service that is kept gets no version, and is not scanned', async () => {
  const { look, asked } = await world({ services: [...PLANNED.slice(0, 1), plannedService('etcd', 'keep')] });
  await look();
  expect(asked).toHaveLength(1);
});

test('each image of a finding that reaches the severity stops the run, a retagged one as well', async () => {
  const { look, answer, record } = await world();
  answer('ngui', foundIn(CRITICAL));

  await expect(look()).rejects.toThrow(expect.objectContaining({ name: 'FindingsRefused' }));
  await expect(look()).rejects.toThrow(/ngui: CVE-2026-1 \(CRITICAL\) in openssl 3\.0\.1/);
  expect((await record()).report).toMatchObject({ verdict: 'refused', open: [{ service: 'ngui' }] });
});

test('a waiver at the commit of the plan lets it pass, and the record names it', async () => {
  const { look, answer, record, reads } = await world({ waivers: waiver('id: CVE-2026-1, until: 2026-12-31') });
  answer('auth', foundIn(CRITICAL));

  expect(await look()).toEqual(DONE);
  expect(reads).toEqual(['c'.repeat(40)]);
  expect((await record()).report?.waived).toMatchObject([{ service: 'auth', until: '2026-12-31', by: 'alice' }]);
});

test('an expired waiver does not, and the error says so', async () => {
  const { look, answer } = await world({ waivers: waiver('id: CVE-2026-1, until: 2026-11-29') });
  answer('auth', foundIn(CRITICAL));
  await expect(look()).rejects.toThrow(/the waiver for CVE-2026-1 by alice ended on 2026-11-29/);
});

test('waivers that cannot be read stop the run, with the line', async () => {
  const { look } = await world({ waivers: waiver('id: CVE-2026-1') });
  await expect(look()).rejects.toThrow(/waivers\[0\]\.until \(line 2\): is missing/);
});

test('a scan under way is asked about again, the others are not', async () => {
  const { look, answer, asked, digestOf } = await world();
  answer('auth', { kind: 'pending', why: 'IN_PROGRESS' });

  expect(await look()).toEqual({ next: 'wait', seconds: 15 });
  answer('auth', foundIn());
  expect(await look()).toEqual(DONE);
  expect(asked.filter((image) => image.endsWith(digestOf('ngui')))).toHaveLength(1);
});

test('a scan that does not end in time stops the run with its reason', async () => {
  const { look, answer, clock } = await world({ scan: { minutes: 20 } });
  answer('auth', { kind: 'pending', why: 'ECR says IN_PROGRESS' });
  await look();
  await clock.sleep(19 * 60_000);
  expect(await look()).toMatchObject({ next: 'wait' });
  await clock.sleep(60_000);

  await expect(look()).rejects.toThrow(/auth: not scanned: not finished in 20 minutes: ECR says IN_PROGRESS/);
});

test('a redriven run is scanned again', async () => {
  const { look, answer } = await world();
  answer('auth', foundIn(CRITICAL));
  await expect(look()).rejects.toThrow('CVE-2026-1');
  answer('auth', foundIn());

  await expect(look()).rejects.toThrow('CVE-2026-1');
  expect(await look(1)).toEqual(DONE);
});

test('a run whose builds failed is not scanned', async () => {
  const { dependencies, asked } = await world();
  const { scanStep } = await import('../../../lambdas/scan/scan');
  const builds = [{ service: 'auth', status: 'FAILED', cause: 'exit 1' }] as const;

  await expect(scanStep({ run: 'run-1', redrives: 0, builds }, dependencies)).rejects.toThrow(
    expect.objectContaining({ name: 'BuildsFailed' }),
  );
  expect(asked).toEqual([]);
});

describe('a run that must not be held up', () => {
  test('a rollback is not scanned at all', async () => {
    const { look, asked } = await world({ plan: { action: 'rollback' } });
    expect(await look()).toEqual(DONE);
    expect(asked).toEqual([]);
  });

  test('a promotion is scanned and reported, and passes', async () => {
    const { look, answer, record } = await world({ plan: { action: 'promote' } });
    answer('auth', foundIn(CRITICAL));

    expect(await look()).toEqual(DONE);
    expect((await record()).report).toMatchObject({ verdict: 'reported', open: [{ id: 'CVE-2026-1' }] });
  });

  test('a promotion is stopped if the settings say so', async () => {
    const { look, answer } = await world({ plan: { action: 'promote' }, scan: { promotions: 'block' } });
    answer('auth', foundIn(CRITICAL));
    await expect(look()).rejects.toThrow('CVE-2026-1');
  });

  test('a promotion passes even if the scanner or the waivers are broken, and the report says why', async () => {
    const { look, dependencies, record } = await world({ plan: { action: 'promote' } });
    dependencies.scanner.scan = () => Promise.reject(new Error('no database'));

    expect(await look()).toEqual(DONE);
    expect((await record()).report).toMatchObject({ verdict: 'reported', images: [{ problem: 'no database' }, {}] });
  });

  test('a promotion waits for a scan for three minutes at most', async () => {
    const { look, answer, clock } = await world({ plan: { action: 'promote' } });
    answer('auth', { kind: 'pending', why: 'IN_PROGRESS' });
    expect(await look()).toMatchObject({ next: 'wait' });
    await clock.sleep(3 * 60_000);
    expect(await look()).toEqual(DONE);
  });
});

test('the image of each platform of an index is scanned, its attestations are not', async () => {
  const { dependencies, look, asked } = await world({ services: PLANNED.slice(0, 1) });
  const [amd, arm, attestation] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);
  const entry = (digest = '', os = 'linux') => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1,
    platform: { os, architecture: 'x' },
  });
  const index = { schemaVersion: 2, manifests: [entry(amd), entry(arm), entry(attestation, 'unknown')] };
  const bytes = Buffer.from(JSON.stringify(index));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const found = { bytes, mediaType, digest: `sha256:${'d'.repeat(64)}` };
  dependencies.registry.get = async () => found;
  dependencies.registry.head = async () => found.digest;

  await look();
  expect(asked).toEqual([amd, arm].map((digest) => `registry.example/candidates@${digest}`));
});

describe('a fault', () => {
  test.each(['readFiles', 'scan', 'head', 'get', 'put'])(
    'of %s fails this look, and the next one goes on',
    async (call) => {
      const { dependencies, look, record } = await world();
      const { git, scanner, registry, store } = dependencies;
      const owner = [git, scanner, store, registry].find((each) => call in each) as unknown as Record<string, unknown>;
      const works = owner[call];
      owner[call] = () => Promise.reject(new Error(`${call} does not work`));
      await expect(look()).rejects.toThrow(`${call} does not work`);

      owner[call] = works;
      expect(await look()).toEqual(DONE);
      expect((await record()).report?.verdict).toBe('passed');
    },
  );

  test('an image that is gone is named', async () => {
    const { dependencies, look } = await world();
    dependencies.registry.head = async () => undefined;
    await expect(look()).rejects.toThrow(expect.objectContaining({ name: 'ImageMissing' }));
    expect(await dependencies.store.exists(objectKeys.scan('run-1'))).toBe(false);
  });
});
