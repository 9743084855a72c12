/** Deliveries by the deployed registry into ECR of another account: by a role, or by the policies of its repositories. */
import { missingFrom } from '../../../support/registry/fake-registry-content';
import { openRun, ROLE, RUN, useAccounts } from './two-accounts';

const accounts = useAccounts();
const open = (registry: object, roles?: Readonly<Record<string, string | undefined>>) =>
  openRun(accounts, registry, roles);

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

test('without a role, a repository whose policy refuses is named with the same command', async () => {
  const { check } = await open({});
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  accounts[1]?.ecr.failNext('BatchGetImage', denied, false);

  await expect(check()).rejects.toThrow(
    /AccessDenied; the repository \S+live\/auth is missing, or its policy does not allow the release function.*create-repository/,
  );
});

test('without a role, images are pushed into repositories that exist', async () => {
  const { check, deliver, content } = await open({});
  accounts[1]?.ecr.makeRepository('live/auth');

  await check();
  expect(await deliver()).toMatchObject({ next: 'done', delivered: 1 });
  expect(await missingFrom(accounts[1]?.base ?? '', 'live/auth', content)).toEqual([]);
});
