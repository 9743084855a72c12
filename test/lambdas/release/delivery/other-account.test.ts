/** Deliveries by the deployed registry into ECR of another account: by a role, or by the policies of its repositories. */
import { objectKeys } from '../../../../core/contract/keys';
import type { ImageRegistry } from '../../../../core/ports/registry';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { deliverStep, releaseOrDeliver } from '../../../../lambdas/release/deliver';
import { deployedRegistry } from '../../../../lambdas/shared/deployed-registry';
import { type FakeEcrAccount, reaching, startFakeEcrAccount } from '../../../support/aws/fake-ecr-account';
import { createFakeSts } from '../../../support/aws/fake-sts';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../../support/pipeline/memory-state';
import { releasePlan } from '../../../support/pipeline/runs';
import { imageOf, indexOf, missingFrom, pushContent } from '../../../support/registry/fake-registry-content';
import { built } from '../release-world';
import { released } from './delivery-world';

const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const OTHER = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
const ROLE = 'arn:aws:iam::444455556666:role/shop-images';
const RUN = `release-${'x'.repeat(70)}-1`;

let accounts: FakeEcrAccount[];

beforeEach(async () => {
  accounts = [await startFakeEcrAccount(HOST), await startFakeEcrAccount(OTHER)];
});
afterEach(() => Promise.all(accounts.map((account) => account.stop())));

/** Opens the step in a run that released one image. `registry` is the environment's, besides its host and namespace. */
async function open(registry: object, roles: Readonly<Record<string, string | undefined>> = {}) {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: HOST, namespace: 'shop' },
    candidates: { host: HOST, repository: 'candidates' },
    environments: [{ name: 'live', values: 'live.yaml', registry: { host: OTHER, namespace: 'live', ...registry } }],
  });
  const clock = createStillClock();
  const sts = createFakeSts(roles, () => clock.now());
  const world = { ...reaching(() => accounts, sts), clock, random: () => 1 };
  const opened: ImageRegistry = deployedRegistry(settings, {}, world)({ run: RUN });
  const store = createMemoryStore();
  const content = indexOf([imageOf('amd64'), imageOf('arm64')]);
  await pushContent(accounts[0]?.base ?? '', 'shop/auth', content, 'v1.4.0');
  const services = [{ ...released('auth'), digest: content.manifest.digest }];
  await store.put(objectKeys.release(RUN), JSON.stringify({ run: RUN, environment: 'live', services }));
  const plan = { ...releasePlan(RUN, 'v1.4.0', [built('auth')]), environment: 'live' };
  await store.put(objectKeys.plan(RUN), JSON.stringify(plan));
  const dependencies = { settings, registry: opened, store, clock, claims: createMemoryClaims() };
  return {
    sts,
    content,
    deliver: () => deliverStep({ run: RUN }, dependencies),
    check: () => releaseOrDeliver({ run: RUN, phase: 'check' }, dependencies),
    probe: () =>
      releaseOrDeliver({ run: 'doctor', phase: 'probe', environment: 'live', images: ['auth', 'ngui'] }, dependencies),
  };
}

test('a role is assumed for the run, and makes the missing repository in its account', async () => {
  const { deliver, content, sts } = await open({ role: { arn: ROLE, externalId: 'shop' } }, { [ROLE]: 'shop' });

  expect(await deliver()).toMatchObject({ next: 'done', delivered: 1 });

  expect(await missingFrom(accounts[1]?.base ?? '', 'live/auth', content)).toEqual([]);
  expect(accounts[1]?.ecr.created).toMatchObject([{ repositoryName: 'live/auth', registryId: '444455556666' }]);
  expect(accounts[0]?.ecr.created).toEqual([]);
  expect(new Set(sts.sessions)).toEqual(new Set([RUN.slice(-64)]));
});

test.each([
  ['has another external id', { arn: ROLE, externalId: 'bank' }, 'with the external id of the settings'],
  ['does not exist', { arn: ROLE.replace('shop', 'none') }, 'without an external id'],
])(
  'a role that %s is refused before anything is built, with what its trust policy must allow',
  async (_, role, text) => {
    const { check, probe } = await open({ role }, { [ROLE]: 'shop' });
    const cure = `allows sts:AssumeRole to arn:aws:iam::111122223333:role/Delivery-ReleaseRole-X ${text}`;

    await expect(check()).rejects.toThrow(
      `the registry of environment live cannot be used, and nothing was built: the role ${role.arn} cannot be assumed`,
    );
    await expect(check()).rejects.toThrow(cure);
    expect(await probe()).toMatchObject({ problems: [expect.stringContaining(cure)] });
  },
);

test('without a role, a missing repository is named before anything is built, with the command that makes it', async () => {
  const { check, probe } = await open({});
  const command = 'aws ecr create-repository --registry-id 444455556666 --region eu-west-1 --repository-name live';

  await expect(check()).rejects.toThrow(`${command}/auth --image-tag-mutability IMMUTABLE`);
  const { problems } = (await probe()) as { readonly problems: readonly string[] };
  expect(problems.map((problem) => problem.includes(command))).toEqual([true, true]);
  expect(accounts[1]?.ecr.created).toEqual([]);
});

test('without a role, images are pushed into repositories that exist', async () => {
  const { check, deliver, content } = await open({});
  accounts[1]?.ecr.makeRepository('live/auth');

  await check();
  expect(await deliver()).toMatchObject({ next: 'done', delivered: 1 });
  expect(await missingFrom(accounts[1]?.base ?? '', 'live/auth', content)).toEqual([]);
});
