/** A run that released one image into ECR, and an environment whose registry is ECR of another account. */
import { objectKeys } from '../../../../core/contract/keys';
import type { ImageRegistry } from '../../../../core/ports/registry';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { deliverStep, releaseOrDeliver } from '../../../../lambdas/release/deliver';
import { deployedRegistry } from '../../../../lambdas/shared/deployed-registry';
import { type FakeEcrAccount, reaching, startFakeEcrAccount } from '../../../support/aws/fake-ecr-account';
import { createFakeSts } from '../../../support/aws/fake-sts';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../../support/pipeline/memory-state';
import { releasePlan } from '../../../support/pipeline/runs';
import { imageOf, indexOf, pushContent } from '../../../support/registry/fake-registry-content';
import { built } from '../release-world';
import { released } from './delivery-world';

export const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
export const OTHER = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
export const ROLE = 'arn:aws:iam::444455556666:role/shop-images';
export const RUN = `release-${'x'.repeat(70)}-1`;

/** Starts both accounts for each test: that of the pipeline first. */
export function useAccounts(): readonly FakeEcrAccount[] {
  const accounts: FakeEcrAccount[] = [];
  beforeEach(async () => {
    accounts.push(await startFakeEcrAccount(HOST), await startFakeEcrAccount(OTHER));
  });
  afterEach(() => Promise.all(accounts.splice(0).map((account) => account.stop())));
  return accounts;
}

/** Opens the step in a run that released one image. `registry` is the environment's, besides its host and namespace. */
export async function openRun(
  accounts: readonly FakeEcrAccount[],
  registry: object,
  roles: Readonly<Record<string, string | undefined>> = {},
) {
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
    clock,
    deliver: (until?: number) => deliverStep({ run: RUN, ...(until === undefined ? {} : { until }) }, dependencies),
    check: () => releaseOrDeliver({ run: RUN, phase: 'check' }, dependencies),
    probe: () =>
      releaseOrDeliver(
        { run: 'doctor', phase: 'probe', environment: 'live', images: ['auth', 'ngui'], recorded: [] },
        dependencies,
      ),
  };
}
