/** The contract for registry faults: 27 faults, before and after the registry processed the request. Run on any registry. */
import { createOciRegistry, type OciRegistry } from '../../adapters/registry/oci-registry';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import { type FaultProxy, startFaultProxy } from '../support/http/fault-proxy';
import type { FaultRule } from '../support/http/fault-proxy-rules';
import { createStillClock } from '../support/pipeline/memory-state';
import { imageOf, pulledManifest, pushContent } from '../support/registry/fake-registry-content';
import { startTokenService } from '../support/registry/token-service';
import type { RegistryUnderTest } from './image-registry-contract';
import {
  FAULT_CASES,
  type FailingCase,
  type FaultCase,
  LOGIN,
  refusal,
  SERVICES,
  TIMEOUT,
} from './registry-fault-cases';

/** No request is sent more often than this: the tries, and the reads of what was written. */
const MAX_ALIKE = 11;

/** Defines the suite. */
export function describeRegistryFaults(name: string, start: () => Promise<RegistryUnderTest>): void {
  describe(`registry faults: ${name}`, () => {
    let tested: RegistryUnderTest;
    let counter = 0;

    beforeAll(async () => {
      tested = await start();
    });
    afterAll(() => tested?.stop());

    test.each(FAULT_CASES)('$name', async (given) => {
      const { rules, arrange, isFinal = false, check } = given;
      counter += 1;
      const repositories = SERVICES.map((service) => `case-${counter}/${service}`);
      for (const repository of repositories) await pushContent(tested.base, repository, imageOf(repository), 'v1');
      const service = await startTokenService(tested.base, { ...LOGIN, anonymous: false });
      // Not 0: Retry-After dates have whole seconds and begin in 1970.
      const clock = createStillClock(1_700_000_000_000);
      const elsewhere = await startFaultProxy(tested.base);
      const stage = { service, clock, base: tested.base, repositories, elsewhere };
      await arrange?.(stage);
      const proxy = await startFaultProxy(`http://${service.host}`, rules(stage));
      const registry = open(clock);
      const calm = await startFaultProxy(`http://${service.host}`);
      try {
        const errors = await release(registry, proxy.host, repositories);

        expect(proxy.unfired()).toEqual([]);
        const failed = SERVICES.filter((_, index) => errors[index] !== undefined);
        expect(failed).toEqual(isFailing(given) ? (given.fails ?? SERVICES) : []);
        for (const error of errors.filter((each) => each !== undefined)) {
          expect(error.message).toMatch(given.outcome as RegExp);
          expect(`${error.stack}`).not.toContain(LOGIN.password);
        }
        await expectVersions(repositories, failed, isFailing(given) ? given.leaves : 'nothing');
        expectOnlyVersionsWritten(proxy);
        check?.({ ...stage, registry }, proxy);

        // Once the fault is over, a second run completes what is missing.
        if (!isFinal) {
          expect(await release(open(clock), calm.host, repositories)).toEqual([undefined, undefined, undefined]);
          await expectVersions(repositories, [], 'nothing');
        }
      } finally {
        await Promise.all([proxy.close(), calm.close(), elsewhere.close(), service.close()]);
      }
    });

    test('R26: a list of tags that is cut off is read again', async () => {
      const repository = 'r26/restapi';
      await pushContent(tested.base, repository, imageOf(repository), 'v1', 'v2', 'v3');
      const rule: FaultRule = {
        name: 'R26',
        path: /\/tags\/list/,
        fault: { kind: 'truncate', bytes: 10 },
        nth: [1, 2],
      };
      const proxy = await startFaultProxy(tested.base, [rule]);

      const tags = await open(createStillClock()).listTags({ host: proxy.host, repository });
      await proxy.close();

      expect(proxy.unfired()).toEqual([]);
      // docker-registry lists them in the order of its disk.
      const listed = (await (await fetch(`${tested.base}/v2/${repository}/tags/list`)).json()) as { tags: string[] };
      expect(tags).toEqual(listed.tags);
      expect(listed.tags.toSorted()).toEqual(['v1', 'v2', 'v3']);
    });

    test('R27: a registry that hides manifests of types that are not accepted hides none from this client', async () => {
      const repository = 'r27/restapi';
      const content = imageOf(repository);
      await pushContent(tested.base, repository, content, 'v1');
      const rule: FaultRule = {
        name: 'R27',
        path: /\/manifests\//,
        only: ({ headers }) => !headers.accept?.includes(content.manifest.mediaType),
        fault: refusal(404, 'MANIFEST_UNKNOWN'),
      };
      const proxy = await startFaultProxy(tested.base, [rule]);
      const careless = await fetch(`http://${proxy.host}/v2/${repository}/manifests/v1`);
      const name = { host: proxy.host, repository };
      const registry = open(createStillClock());

      const found = [await registry.head(name, 'v1'), (await registry.get(name, 'v1'))?.digest];
      await proxy.close();

      expect(careless.status).toBe(404);
      expect(proxy.unfired()).toEqual([]);
      expect(found).toEqual([content.manifest.digest, content.manifest.digest]);
    });

    /** Asks the registry itself: versions of those that did not fail are what v1 is, of the others what the case leaves. */
    async function expectVersions(
      repositories: readonly string[],
      failed: readonly string[],
      leaves: FailingCase['leaves'],
    ): Promise<void> {
      const left = leaves === 'nothing' ? undefined : leaves.manifest;
      for (const repository of repositories) {
        const v1 = await pulledManifest(tested.base, repository, 'v1');
        const v2 = await pulledManifest(tested.base, repository, 'v2');
        const isFailed = failed.some((service) => repository.endsWith(`/${service}`));
        expect(v1).toEqual(imageOf(repository).manifest);
        expect({ repository, v2 }).toEqual({ repository, v2: isFailed ? left : v1 });
      }
    }
  });
}

function isFailing(given: FaultCase): given is FailingCase {
  return given.outcome !== 'recovered';
}

function open(clock: ReturnType<typeof createStillClock>): OciRegistry {
  const credentials = () => Promise.resolve(LOGIN);
  return createOciRegistry({ credentials, clock, random: () => 1, allowLoopback: true, timeout: TIMEOUT });
}

/** Releases as the release step does: all services at once, each to its end. Returns the error of each that failed. */
async function release(
  registry: OciRegistry,
  host: string,
  repositories: readonly string[],
): Promise<readonly (Error | undefined)[]> {
  const results = await Promise.allSettled(repositories.map((repository) => tag(registry, { host, repository })));
  return results.map((result) => (result.status === 'rejected' ? (result.reason as Error) : undefined));
}

async function tag(registry: OciRegistry, name: RepositoryName): Promise<void> {
  const manifest: Manifest | undefined = await registry.get(name, 'v1');
  if (manifest === undefined) throw new Error(`missing: ${name.repository.split('/').at(-1)}`);
  await registry.put(name, 'v2', manifest);
}

function expectOnlyVersionsWritten({ requests }: FaultProxy): void {
  const written = requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
  expect(written.filter(({ method, url }) => method !== 'PUT' || !url.endsWith('/manifests/v2'))).toEqual([]);
  const counts = new Map<string, number>();
  for (const { method, url } of requests) counts.set(`${method} ${url}`, (counts.get(`${method} ${url}`) ?? 0) + 1);
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(MAX_ALIKE);
}
