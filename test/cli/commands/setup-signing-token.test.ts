/** GitLab's signing token: set up at the hook, signed with by the host, believed by the receiver; or refused before it locks us out. */
import { createHmac, randomUUID } from 'node:crypto';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { Delivery } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, BEFORE } from '../../lambdas/webhook/deliveries';
import { fakeExecutions } from '../../lambdas/webhook/fake-executions';
import {
  ARNS,
  type DeployedAccount,
  startDeployedAccount,
  WEBHOOK_SECRET,
  WEBHOOK_URL,
} from '../../support/aws/deployed-account';
import { runCommand } from '../../support/pipeline/small-pipeline';

const SIGNING_TOKEN = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const NOW = 1_760_000_000_000;
const settings = parseSettings({
  git: { host: 'gitlab', repository: 'team/monorepo' },
  releases: { host: 'registry.example.com', namespace: 'team' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
});

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount('gitlab');
  world.deploy();
});

afterEach(() => world.stop());

const setUp = (...args: string[]) => runCommand('setup', 'gitlab', '--settings', world.files.settings, ...args);

/** Puts a secret as a person does; the one before it is the previous one. */
function put(secret: string): void {
  world.aws.secrets.set(ARNS.webhook, secret);
}

/** A push as GitLab sends it through the hook: signed if it has a signing token, with the plain token if it has one. */
function deliveryThrough(hook: number): Delivery {
  const project = { path_with_namespace: 'team/monorepo' };
  const payload = {
    object_kind: 'push',
    ref: 'refs/heads/develop',
    before: BEFORE,
    after: AFTER,
    project_id: 7,
    project,
  };
  const body = Buffer.from(JSON.stringify(payload));
  const token = world.git.secrets.get(hook);
  const signing = world.git.signingTokens.get(hook);
  const id = randomUUID();
  const timestamp = String(NOW / 1000);
  const key = Buffer.from(signing?.slice('whsec_'.length) ?? '', 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-gitlab-event': 'Push Hook',
      'idempotency-key': id,
      ...(token ? { 'x-gitlab-token': token } : {}),
      ...(signing ? { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } : {}),
    },
  };
}

/** What the receiver answers while it knows these secrets. */
async function answer(hook: number, ...secrets: string[]): Promise<number> {
  const known = async () => secrets;
  const dependencies = { settings, secrets: { current: known, refreshed: known }, executions: fakeExecutions() };
  return (await receiveStep(deliveryThrough(hook), { ...dependencies, clock: { now: () => NOW } })).status;
}

test('a signing token is registered as such, and its deliveries are accepted', async () => {
  put(SIGNING_TOKEN);
  const { exitCode, stderr } = await setUp();

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(world.git.signingTokens).toEqual(new Map([[100, SIGNING_TOKEN]]));
  expect(await answer(100, SIGNING_TOKEN)).toBe(202);
  expect(deliveryThrough(100).headers).not.toHaveProperty('x-gitlab-token');
});

test('a hook with a plain token changes to a signing token, and no longer sends the secret', async () => {
  await setUp();
  put(SIGNING_TOKEN);
  expect(await answer(100, SIGNING_TOKEN, WEBHOOK_SECRET)).toBe(202);
  await setUp();
  await setUp();

  expect(await answer(100, SIGNING_TOKEN)).toBe(202);
  expect(world.git.secrets.get(100)).toBe('');
  expect(world.git.hooks.size).toBe(1);
});

test('a hook with a signing token changes back to a plain one', async () => {
  put(SIGNING_TOKEN);
  await setUp();
  put(WEBHOOK_SECRET);
  await setUp();

  expect(await answer(100, WEBHOOK_SECRET)).toBe(202);
});

describe.each([false, 'older'] as const)('on a GitLab that does not sign (%s)', (signs) => {
  beforeEach(() => {
    world.git.signs = signs;
  });

  test('no hook is left behind, and the error has the fix', async () => {
    put(SIGNING_TOKEN);
    const { exitCode, stderr } = await setUp();

    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not supported by this GitLab, which signs since 19.0');
    expect(stderr).toContain('openssl rand -hex 32, and run setup again');
    expect(stderr).not.toContain(SIGNING_TOKEN);
    expect(world.git.hooks.size).toBe(0);
  });

  test('the plain token of a hook stays, and delivers while it is the previous secret', async () => {
    await setUp();
    put(SIGNING_TOKEN);
    const { exitCode } = await setUp();

    expect(exitCode).toBe(2);
    expect(world.git.secrets.get(100)).toBe(WEBHOOK_SECRET);
    expect(await answer(100, SIGNING_TOKEN, WEBHOOK_SECRET)).toBe(202);
  });

  test('its fix works', async () => {
    put(SIGNING_TOKEN);
    await setUp();
    put('0f'.repeat(32));
    const { exitCode } = await setUp();

    expect(exitCode).toBe(0);
    expect(await answer(100, '0f'.repeat(32))).toBe(202);
  });
});

test.each([
  ['too short', 'whsec_c2hvcnQ='],
  ['no base64', `whsec_${'$'.repeat(44)}`],
  ['too long', `whsec_${Buffer.alloc(33).toString('base64')}`],
  ['nothing', 'whsec_'],
])('a signing token that is %s is refused before any request', async (_, secret) => {
  put(secret);
  const { exitCode, stderr } = await setUp('--dry-run');

  expect(exitCode).toBe(2);
  expect(stderr).toContain('is not a signing token, which is whsec_ and 32 bytes in base64');
  expect(world.git.exchanges).toEqual([]);
});

test('doctor finds a hook without a secret', async () => {
  world.git.addHook(WEBHOOK_URL);
  world.git.secrets.set(100, '');

  const { stdout } = await setUp('--dry-run', '--json');

  expect(JSON.parse(stdout).action.faults).toEqual(['has no secret, so that every delivery is refused']);
});
