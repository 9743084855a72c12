/** Images that ECR's replication brings into the registry of an environment. */
import { imageOf, missingFrom, pushContent } from '../../../support/registry/fake-registry-content';
import { OTHER, openRun, useAccounts } from './two-accounts';

const REPLICATED = { namespace: 'shop', arrives: 'replication', minutes: 5 };
const THERE = { registryId: '444455556666', region: 'eu-west-1' };

const accounts = useAccounts();

test('the run waits until the version is there, and writes nothing itself', async () => {
  const { deliver, check, content } = await openRun(accounts, REPLICATED);
  const [source, target] = accounts;
  source?.ecr.replications.push(
    { ...THERE, status: 'IN_PROGRESS' },
    { ...THERE, region: 'us-east-1', status: 'FAILED' },
  );

  await check();
  const first = await deliver();
  expect(first).toMatchObject({ next: 'wait', seconds: 15, delivered: 0 });
  await pushContent(target?.base ?? '', 'shop/auth', content);
  expect(await deliver(first.until)).toMatchObject({ next: 'wait', delivered: 0 });
  await pushContent(target?.base ?? '', 'shop/auth', content, 'v1.4.0');

  expect(await deliver(first.until)).toMatchObject({ next: 'done', delivered: 1 });
  expect(await missingFrom(target?.base ?? '', 'shop/auth', content)).toEqual([]);
  expect(target?.ecr.calls.filter((call) => /Put|Create/.test(call))).toEqual([]);
  expect(target?.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
});

test('a replication that failed ends the run at once, with its code and a command', async () => {
  const { deliver } = await openRun(accounts, REPLICATED);
  accounts[0]?.ecr.replications.push({ ...THERE, status: 'FAILED', failureCode: 'AccessDenied' });

  await expect(deliver()).rejects.toThrow(
    new RegExp(`auth: ECR did not replicate \\S+ to ${OTHER}: AccessDenied; fix that.*crane copy`),
  );
});

test('one that never comes is given up after the limit, with what to check', async () => {
  const { deliver, clock } = await openRun(accounts, REPLICATED);
  const { until } = await deliver();
  await clock.sleep(5 * 60_000);

  await expect(deliver(until)).rejects.toThrow(
    /after 5 minutes \S+ lacks 1 of 1 images of environment live: auth;.*aws ecr describe-registry.*ecr:ReplicateImage/,
  );
});

test('a version that is another image there is refused with both digests', async () => {
  const { deliver, content } = await openRun(accounts, REPLICATED);
  const other = imageOf('by hand');
  await pushContent(accounts[1]?.base ?? '', 'shop/auth', other, 'v1.4.0');

  await expect(deliver()).rejects.toMatchObject({
    name: 'VersionTaken',
    message: expect.stringContaining(`is ${other.manifest.digest} and cannot become ${content.manifest.digest}`),
  });
});
