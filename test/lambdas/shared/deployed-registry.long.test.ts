/** The registry that deployed functions have, on a fake of ECR: the contract of all registries, and what is ECR's own. */

import { candidateTag, contentTag, objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import type { ReleaseRecord } from '../../../core/contract/release';
import type { ImageRegistry } from '../../../core/ports/registry';
import { parseSettings } from '../../../core/settings/parse-settings';
import { whyNotPullable } from '../../../lambdas/release/find-manifest';
import { releaseStep } from '../../../lambdas/release/release';
import { deployedRegistry } from '../../../lambdas/shared/deployed-registry';
import { describeImageRegistry } from '../../contracts/image-registry-contract';
import { type FakeEcrAccount, reaching, startFakeEcrAccount } from '../../support/aws/fake-ecr-account';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { releasedAs, releasePlan } from '../../support/pipeline/runs';
import {
  imageOf,
  indexOf,
  manifestsIn,
  missingFrom,
  pulledManifest,
  pushContent,
} from '../../support/registry/fake-registry-content';
import { ecrError } from '../../support/registry/fake-registry-ecr';

const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const OTHER_HOST = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
const CANDIDATES = { host: HOST, repository: 'pipeline/candidates' };
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: HOST, namespace: 'shop', movableTags: ['latest'] },
  candidates: CANDIDATES,
});
const accounts: FakeEcrAccount[] = [];
let clock: ReturnType<typeof createStillClock>;

beforeEach(() => {
  clock = createStillClock();
});

function open(time = clock): ImageRegistry {
  return deployedRegistry(settings, {}, { ...reaching(() => accounts), clock: time, random: () => 1 })();
}

describeImageRegistry(
  'the deployed registry of ECR',
  async () => {
    const account = await startFakeEcrAccount(accounts.length === 0 ? HOST : OTHER_HOST);
    accounts.push(account);
    return {
      host: account.host,
      base: account.base,
      stop: async () => {
        accounts.splice(accounts.indexOf(account), 1);
        await account.stop();
      },
    };
  },
  {
    open: (time) => open(time as ReturnType<typeof createStillClock>),
    refusal: /^PutImage \S+:v2: LayersNotFoundException$/,
  },
);

describe('ECR as it is deployed', () => {
  const name = { host: HOST, repository: 'shop/auth' };
  let account: FakeEcrAccount;

  beforeEach(async () => {
    account = await startFakeEcrAccount(HOST);
    accounts.push(account);
  });
  afterEach(async () => {
    accounts.length = 0;
    await account.stop();
  });

  test('a missing repository has no images, and a read does not create it', async () => {
    const registry = open();
    const { manifest } = imageOf('auth');

    expect(await registry.head(name, 'v1.0.0')).toBeUndefined();
    expect(await registry.get(name, manifest.digest)).toBeUndefined();
    expect(await registry.config(name, manifest)).toBeUndefined();
    expect(await whyNotPullable(name, 'v1.0.0', manifest.digest, { registry, store: createMemoryStore() })).toBe(
      `${HOST}/shop/auth has no v1.0.0`,
    );
    expect(account.ecr.created).toEqual([]);
  });

  test('tags use the API and content the protocol, with one limit of ten puts a second', async () => {
    const contents = ['a', 'b', 'c', 'd'].map((seed) =>
      indexOf(['1', '2', '3', '4'].map((child) => imageOf(seed + child))),
    );
    for (const content of contents) await pushContent(account.base, CANDIDATES.repository, content);
    const registry = open();

    for (const [index, content] of contents.entries()) {
      const to = { host: HOST, repository: `shop/image${index}` };
      await registry.copyContent(CANDIDATES, to, content.manifest);
      await registry.put(to, 'v1.0.0', content.manifest);
    }

    const byProtocol = account.requests.filter(
      ({ method, url, rule }) => method === 'PUT' && url.includes('/manifests/') && rule === undefined,
    );
    expect(byProtocol).toHaveLength(16);
    expect(byProtocol.filter(({ url }) => !url.includes('/manifests/sha256:'))).toEqual([]);
    // One more is refused for each repository that is not there yet, and then done again.
    expect(account.ecr.calls.filter((call) => call === 'PutImage')).toHaveLength(4);
    expect(clock.waited()).toBeGreaterThanOrEqual((16 + 4 - 1) * 100);
    expect(await registry.head({ host: HOST, repository: 'shop/image3' }, 'v1.0.0')).toBe(contents[3]?.manifest.digest);
  });

  test('a new service gets repository, content tag and version in its first release', async () => {
    const content = indexOf([imageOf('amd64'), imageOf('arm64')]);
    const key = 'a'.repeat(40);
    const service = planned('auth', key);
    await pushContent(account.base, CANDIDATES.repository, content, candidateTag('auth', key));
    const store = createMemoryStore();
    const claims = createMemoryClaims();
    const release = async (run: string) => {
      await store.put(objectKeys.plan(run), JSON.stringify(releasePlan(run, 'v1.0.0', [service])));
      await releaseStep({ run, builds: [] }, { settings, registry: open(), claims, store, clock });
      return JSON.parse(String(await store.get(objectKeys.release(run)))) as ReleaseRecord;
    };

    const { services } = await release('run-1');
    const made = account.ecr.created.length;
    await release('run-2');

    expect(services).toMatchObject([{ name: 'auth', version: 'v1.0.0', digest: content.manifest.digest }]);
    expect(account.ecr.created).toEqual([
      {
        registryId: '111122223333',
        repositoryName: 'shop/auth',
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [
          { filterType: 'WILDCARD', filter: 'in-*' },
          { filterType: 'WILDCARD', filter: 'latest' },
        ],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
      },
    ]);
    expect(made).toBe(1);
    for (const tag of ['v1.0.0', contentTag(key)]) {
      expect(await pulledManifest(account.base, 'shop/auth', tag)).toEqual(content.manifest);
    }
    expect(await missingFrom(account.base, 'shop/auth', content)).toEqual([]);
    expect(manifestsIn(content)).toHaveLength(3);
  });

  test('twenty new services are released at once, each with its repository', async () => {
    const services = Array.from({ length: 20 }, (_, index) =>
      planned(`service-${index}`, String(index).padStart(40, '0')),
    );
    for (const { name: service, inputDigest } of services) {
      const content = imageOf(service);
      await pushContent(account.base, CANDIDATES.repository, content, candidateTag(service, inputDigest));
    }
    const store = createMemoryStore();
    await store.put(objectKeys.plan('run-1'), JSON.stringify(releasePlan('run-1', 'v1.0.0', services)));
    const throttled = ecrError('ThrottlingException', 'Rate exceeded');
    account.ecr.failNext('CreateRepository', [throttled, throttled, throttled], false);

    const dependencies = { settings, registry: open(), claims: createMemoryClaims(), store, clock };
    const { tagged } = await releaseStep({ run: 'run-1', builds: [] }, dependencies);

    expect(tagged).toBe(20);
    expect(account.ecr.created.map(({ repositoryName }) => repositoryName).sort()).toEqual(
      services.map(({ image }) => `shop/${image}`).sort(),
    );
    expect([...account.ecr.tags.keys()].filter((tag) => tag.endsWith(':v1.0.0'))).toHaveLength(20);
  });

  test('without the right to create repositories, the release fails with the call and the fix, before it tags', async () => {
    const key = 'a'.repeat(40);
    await pushContent(account.base, CANDIDATES.repository, imageOf('auth'), candidateTag('auth', key));
    const store = createMemoryStore();
    await store.put(objectKeys.plan('run-1'), JSON.stringify(releasePlan('run-1', 'v1.0.0', [planned('auth', key)])));
    account.ecr.failNext('CreateRepository', ecrError('AccessDeniedException', 'not authorized'), false);
    const claims = createMemoryClaims();

    const released = releaseStep({ run: 'run-1', builds: [] }, { settings, registry: open(), claims, store, clock });

    await expect(released).rejects.toMatchObject({
      name: 'RegistryError',
      message: expect.stringMatching(
        /auth: CreateRepository \S+\/shop\/auth: not authorized; deploy the stack again, whose release function may/,
      ),
    });
    expect(account.ecr.tags.size).toBe(0);
    expect(claims.claims.size).toBe(0);
  });

  test('login, API and protocol of one run share one budget of retries', async () => {
    const { manifest } = imageOf('auth');
    const registry = open();
    const failures = Array.from({ length: 1000 }, () => ecrError('ServerException', 'internal'));
    account.ecr.failNext('BatchGetImage', failures, false);

    const heads = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => registry.head(name, `v1.0.${index}`)),
    );

    expect(heads.filter(({ status }) => status === 'rejected')).toHaveLength(50);
    // 50 first tries, and the 200 retries of a run.
    expect(account.ecr.calls.filter((call) => call === 'BatchGetImage')).toHaveLength(250);
    account.ecr.failNext('GetAuthorizationToken', ecrError('ServerException', 'internal'), false);
    await expect(registry.config(name, manifest)).rejects.toThrow('internal');
  });

  test('another registry uses the protocol', async () => {
    const elsewhere = { host: account.base.replace('http://', ''), repository: 'team/auth' };
    const { manifest } = imageOf('elsewhere');
    await pushContent(account.base, elsewhere.repository, imageOf('elsewhere'), 'v1');

    expect(await open().head(elsewhere, 'v1')).toBe(manifest.digest);
    expect(account.ecr.calls).toEqual([]);
  });
});

function planned(name: string, inputDigest: string): PlannedService {
  const origin = { kind: 'candidate', tag: candidateTag(name, inputDigest) } as const;
  return releasedAs('v1.0.0', { name, inputDigest, action: 'build', origin });
}
