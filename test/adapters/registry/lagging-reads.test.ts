/** Registries whose reads lag behind their writes: no release fails because of it, and another digest is noticed at once. */
import { createHash } from 'node:crypto';
import { createRetryBudget } from '../../../adapters/http/retry';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { patientEcrClient } from '../../../adapters/registry/ecr/ecr-client';
import { createEcrRegistry } from '../../../adapters/registry/ecr/ecr-registry';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import type { ImageRegistry } from '../../../core/ports/registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf, TYPES } from '../../support/registry/fake-registry-content';
import { createFakeEcr, ecrError } from '../../support/registry/fake-registry-ecr';
import { type Answer, type ScriptedRegistry, startScriptedRegistry } from '../../support/registry/scripted-registry';

const { manifest } = imageOf('put');
const before = imageOf('before').manifest.digest;
const another = imageOf('another').manifest.digest;
const servers: ScriptedRegistry[] = [];
let clock: ReturnType<typeof createStillClock>;

beforeEach(() => {
  clock = createStillClock();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A registry whose reads show `stale` until `lag` ms after the put, then `then`. */
async function lagging(lag: number, stale: string | undefined, then: string, put: Answer = { status: 201 }) {
  let putAt: number | undefined;
  const server = await startScriptedRegistry(({ method, url }): Answer | undefined => {
    if (!url.includes('/manifests/')) return undefined;
    if (method === 'PUT') {
      putAt ??= clock.now();
      return put;
    }
    const shown = putAt !== undefined && clock.now() >= putAt + lag ? then : stale;
    return shown === undefined ? { status: 404 } : { status: 200, headers: { 'docker-content-digest': shown } };
  });
  servers.push(server);
  const registry = createOciRegistry({ credentials: noCredentials, clock, random: () => 0, allowLoopback: true });
  return { registry, name: { host: server.host, repository: 'team/image' } };
}

test.each([0, 100, 2_500, 5_000, 20_000])(
  'a tag that becomes visible %i ms after its put counts as put',
  async (lag) => {
    const { registry, name } = await lagging(lag, undefined, manifest.digest);

    await registry.put(name, 'v1', manifest);

    expect(clock.waited()).toBeGreaterThanOrEqual(lag);
    expect(clock.waited()).toBeLessThanOrEqual(lag + 2_000);
  },
);

test('a moved tag that still shows the old digest counts as put', async () => {
  const { registry, name } = await lagging(20_000, before, manifest.digest);

  expect(await registry.head(name, 'in-content')).toBe(before);
  await registry.put(name, 'in-content', manifest);

  expect(clock.waited()).toBeGreaterThanOrEqual(20_000);
});

test.each([
  ['at once', 0, undefined],
  ['after a while', 3_000, undefined],
])('a put fails as soon as another digest is visible %s', async (_, lag, stale) => {
  const { registry, name } = await lagging(lag, stale, another);

  await expect(registry.put(name, 'v1', manifest)).rejects.toThrow(
    `${name.host}/team/image:v1: ${manifest.digest} was put and accepted, yet the registry answers with ${another}`,
  );
  expect(clock.waited()).toBeLessThanOrEqual(lag + 2_000);
});

test('a put that never becomes visible fails after half a minute', async () => {
  const { registry, name } = await lagging(1_000_000, undefined, manifest.digest);

  await expect(registry.put(name, 'v1', manifest)).rejects.toThrow('yet the registry has no such manifest');
  expect(clock.waited()).toBeGreaterThanOrEqual(30_000);
  expect(clock.waited()).toBeLessThan(33_000);
});

test('an immutable tag whose put lost its reply, and that becomes visible later, counts as put', async () => {
  const taken: Answer = {
    status: 412,
    body: '{"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]}',
  };
  const { registry, name } = await lagging(20_000, undefined, manifest.digest, taken);

  await registry.put(name, 'v1', manifest);

  expect(clock.waited()).toBeGreaterThanOrEqual(20_000);
});

test('a refused put fails at once', async () => {
  const { registry, name } = await lagging(20_000, undefined, manifest.digest, { status: 405 });

  await expect(registry.put(name, 'v1', manifest)).rejects.toMatchObject({ status: 405 });
  expect(clock.waited()).toBe(0);
});

test('a referrer is added to the tag of its subject once, even if the tag becomes visible late', async () => {
  const subject = { mediaType: TYPES.ociManifest, size: 2, digest: before };
  const signature = imageOf('signature', { layers: [], fields: { subject } }).manifest;
  const puts: { readonly at: number; readonly body: Buffer; readonly digest: string }[] = [];
  const server = await startScriptedRegistry(({ method, url, body }): Answer | undefined => {
    const isTag = url.endsWith(`/manifests/${before.replace(':', '-')}`);
    if (!isTag) return { status: 200, headers: { 'docker-content-digest': signature.digest } };
    if (method === 'PUT') {
      puts.push({ at: clock.now(), body, digest: `sha256:${createHash('sha256').update(body).digest('hex')}` });
      return { status: 201 };
    }
    const shown = puts.findLast(({ at }) => clock.now() >= at + 10_000);
    return shown === undefined ? { status: 404 } : { status: 200, headers: { 'docker-content-digest': shown.digest } };
  });
  servers.push(server);
  const registry = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true });

  await registry.put({ host: server.host, repository: 'team/image' }, signature.digest, signature);

  expect(puts).toHaveLength(1);
  expect(JSON.parse(String(puts[0]?.body)).manifests).toMatchObject([{ digest: signature.digest }]);
});

describe('Amazon ECR', () => {
  const name = { host: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', repository: 'team/restapi' };
  const others = imageOf('others').manifest;
  let ecr: ReturnType<typeof createFakeEcr>;
  let registry: ImageRegistry;
  let hiddenUntil: number;

  beforeEach(() => {
    ecr = createFakeEcr();
    ecr.makeRepository(name.repository);
    hiddenUntil = 0;
    const client = {
      send: async (command: Parameters<typeof ecr.client.send>[0]) => {
        if (command.constructor.name === 'BatchGetImageCommand' && clock.now() < hiddenUntil) {
          return { images: [], failures: [{ failureCode: 'ImageNotFound' }] };
        }
        return ecr.client.send(command);
      },
    } as unknown as typeof ecr.client;
    const retry = { tries: 1, firstWait: 0, longestWait: 0 };
    const patience = { clock, random: () => 0, retry, budget: createRetryBudget(1) };
    const oci = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true });
    registry = createEcrRegistry({
      client: patientEcrClient(client, patience),
      oci,
      movableTags: [],
      pullAccounts: [],
      clock,
    });
  });

  test('a tag that becomes visible 20 s after its put counts as put', async () => {
    hiddenUntil = clock.now() + 20_000;
    await registry.put(name, 'v1', manifest);

    expect(clock.waited()).toBeGreaterThanOrEqual(20_000);
  });

  test('if a put fails because the tag exists, the digest that becomes visible later decides', async () => {
    await registry.put(name, 'v1', manifest);
    for (const [put, done] of [
      [manifest, true],
      [others, false],
    ] as const) {
      hiddenUntil = clock.now() + 20_000;
      ecr.failNext('PutImage', ecrError('ImageTagAlreadyExistsException'), false);
      const outcome = await registry.put(name, 'v1', put).then(
        () => true,
        (error: Error) => error.message,
      );
      expect(outcome).toEqual(
        done ? true : expect.stringContaining(`it is ${manifest.digest}, and should be ${others.digest}`),
      );
    }
  });
});
