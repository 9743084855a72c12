/** The rate at which manifests are put. */
import { createPutRateLimiter } from '../../../adapters/registry/put';
import { createStillClock } from '../../support/pipeline/memory-state';

const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

test('puts to ECR are spread over time, ten a second, in their order; others are not held up', async () => {
  const clock = createStillClock();
  const limiter = createPutRateLimiter(clock);
  const times: number[] = [];

  for (const host of [ECR, ECR, 'ghcr.io', 'ghcr.io', ECR, ECR]) {
    await limiter(host);
    times.push(clock.waited());
  }

  expect(times).toEqual([0, 100, 100, 100, 200, 300]);
});

test('each host of ECR has a limit of its own', async () => {
  const clock = createStillClock();
  const limiter = createPutRateLimiter(clock);

  await limiter(ECR);
  await limiter(ECR.replace('1111', '2222'));

  expect(clock.waited()).toBe(0);
});
