/** The refusal of a version that is bound to another image: both digests, both runs, and what to do. */
import type { Claims } from '../../../core/ports/store';
import { claimVersion } from '../../../lambdas/release/claim-version';
import { createMemoryClaims } from '../../support/pipeline/memory-state';
import { plannedService } from '../../support/pipeline/runs';
import { createMemoryRegistry } from '../../support/registry/memory-registry';

const TO = { host: 'registry.example', repository: 'team/auth' };
const IMAGE = 'registry.example/team/auth';
const SERVICE = plannedService('auth', 'build');
const ADVICE = 'a version is given once, so choose the next one';

function world() {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  const { digest } = registry.seed(TO, 'in-new', 'new');
  /** The error that run-2 gets when it claims the version. */
  const refusal = async (ofClaims: Claims = claims): Promise<Error> => {
    const claimed = claimVersion(SERVICE, TO, digest, 'run-2', { claims: ofClaims, registry });
    return claimed.then(
      (version) => Promise.reject(new Error(`${version} was given`)),
      (error: Error) => error,
    );
  };
  const claim = (claimed: string) => claims.claim({ image: IMAGE, version: 'v1.4.0', digest: claimed, run: 'run-1' });
  return { registry, claims, digest, refusal, claim };
}

test('a run gave it: both runs are named', async () => {
  const { registry, digest, refusal, claim } = world();
  const old = registry.seed(TO, 'v1.4.0', 'old');
  await claim(old.digest);

  expect(await refusal()).toMatchObject({
    name: 'VersionTaken',
    message: `${IMAGE}:v1.4.0 is ${old.digest} (run run-1) and cannot become ${digest} (run run-2); ${ADVICE}`,
  });
});

test('a run has claimed and not put it yet: both runs are named', async () => {
  const { registry, digest, refusal, claim } = world();
  await claim('sha256:other');

  expect(await refusal()).toMatchObject({
    name: 'VersionTaken',
    message: `${IMAGE}:v1.4.0 is sha256:other (run run-1) and cannot become ${digest} (run run-2); ${ADVICE}`,
  });
  expect(registry.writes).toEqual([]);
});

test('somebody put it by hand: it is said that no run did, and nothing is claimed', async () => {
  const { registry, claims, digest, refusal } = world();
  const old = registry.seed(TO, 'v1.4.0', 'by hand');

  expect(await refusal()).toMatchObject({
    name: 'VersionTaken',
    message: `${IMAGE}:v1.4.0 is ${old.digest} (no run has claimed it: the tag was put by hand or by another tool) and cannot become ${digest} (run run-2); ${ADVICE}`,
  });
  expect(claims.claims.size).toBe(0);
});

test('somebody put it by hand over the claim of a run: that is told apart from what the run gave', async () => {
  const { registry, refusal, claim } = world();
  await claim('sha256:claimed');
  const old = registry.seed(TO, 'v1.4.0', 'by hand');

  expect((await refusal()).message).toContain(
    `is ${old.digest} (put by hand or by another tool, since run run-1 has claimed it for sha256:claimed) and cannot`,
  );
});

test('claims cannot be read: it is refused with both digests all the same', async () => {
  const { registry, claims, digest, refusal } = world();
  const old = registry.seed(TO, 'v1.4.0', 'old');
  const find = () => Promise.reject(new Error('AccessDeniedException'));

  expect(await refusal({ ...claims, find })).toMatchObject({
    name: 'VersionTaken',
    message: `${IMAGE}:v1.4.0 is ${old.digest} (the run that gave it could not be looked up: AccessDeniedException) and cannot become ${digest} (run run-2); ${ADVICE}`,
  });
});

test('the same image has it by hand: the run claims it, so that no other image can get it', async () => {
  const { registry, claims, digest } = world();
  registry.seed(TO, 'v1.4.0', 'new');

  expect(await claimVersion(SERVICE, TO, digest, 'run-2', { claims, registry })).toEqual({
    version: 'v1.4.0',
    isTagged: true,
  });
  expect(await claims.find(IMAGE, 'v1.4.0')).toMatchObject({ digest, run: 'run-2' });
});

test('a service that is kept has none to claim', async () => {
  const { registry, claims, digest } = world();

  await expect(claimVersion(plannedService('auth', 'keep'), TO, digest, 'run-2', { claims, registry })).rejects.toThrow(
    'service auth is kept and gets no version',
  );
});
