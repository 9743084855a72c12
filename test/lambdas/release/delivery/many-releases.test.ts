/** An image that is never rebuilt gets a statement with each release. What refers to the image itself stays below the limit of policies. */
import { objectKeys } from '../../../../core/contract/keys';
import { SIGNATURE_TYPE } from '../../../../core/signing/statement';
import { copyAttached } from '../../../../lambdas/release/copy-attached';
import { releaseStep } from '../../../../lambdas/release/release';
import { releasePlan } from '../../../support/pipeline/runs';
import { manifestOf } from '../../../support/registry/memory-registry';
import { built } from '../release-world';
import { signingWorld } from '../signing-world';

/** The `max` of Kyverno for referrers of an image (pkg/cosign, `maxReferrers`). */
const KYVERNO = 50;

const digest = manifestOf('auth').digest;

/** Releases an image as `v1.0.1` and so on. All but the first keep it. */
async function releaseOften(count: number) {
  const one = signingWorld([built('auth')]);
  const release = async (number: number) => {
    const version = `v1.0.${number}`;
    const kept = { action: 'retag', origin: { kind: 'released', reference: digest } } as const;
    const service = built('auth', { version: { kind: 'exact', version }, ...(number === 1 ? {} : kept) });
    const plan = releasePlan(`run-${number}`, version, [service]);
    await one.store.put(objectKeys.plan(plan.run), JSON.stringify(plan));
    await releaseStep({ run: plan.run, builds: [] }, one.dependencies);
  };
  for (let number = 1; number <= count; number += 1) await release(number);
  return { ...one, release };
}

test('after 60 releases without a rebuild, an image has 32 statements of its own, and all 60 are found', async () => {
  const one = await releaseOften(60);

  const referrers = await one.registry.referrers(one.at('auth'), digest);
  expect(await one.signed('auth', SIGNATURE_TYPE)).toHaveLength(1);
  expect(referrers).toHaveLength(33);
  expect(referrers.length).toBeLessThan(KYVERNO);
  const versions = (await one.releases('auth')).map((release) => release?.version);
  expect(new Set(versions)).toEqual(new Set(Array.from({ length: 60 }, (_, index) => `v1.0.${index + 1}`)));
  expect(versions).toHaveLength(60);
});

test('a release that is repeated adds none, wherever its statement is attached', async () => {
  const one = await releaseOften(40);
  const before = one.registry.writes.length;

  for (const number of [3, 32, 33, 40]) await one.release(number);

  expect(await one.releases('auth')).toHaveLength(40);
  expect(one.registry.writes.slice(before).filter(({ reference }) => reference.startsWith('sha256:'))).toEqual([]);
});

test('another registry gets all of them', async () => {
  const one = await releaseOften(40);
  const to = { host: 'live.example', repository: 'shop/auth' };
  one.registry.seed(to, 'v1.0.1', 'auth');

  await copyAttached(one.at('auth'), to, digest, one.registry);

  const copied = await one.registry.referrers(to, digest);
  const further = await Promise.all(copied.map((referrer) => one.registry.referrers(to, referrer.digest)));
  expect([copied.length, further.flat().length]).toEqual([33, 8]);
});
