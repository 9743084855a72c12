/** The webhook at the git host, made or repaired: twice has the effect of once, and a dry run has none. */
import type { SetupReport } from '../../../cli/commands/setup';
import {
  ARNS,
  type DeployedAccount,
  startDeployedAccount,
  WEBHOOK_SECRET,
  WEBHOOK_URL,
} from '../../support/aws/deployed-account';
import { HOOKS_TOKEN } from '../../support/git-hosts/fake-hooks';
import { describeRest } from '../../support/git-hosts/github-description';
import { runCommand } from '../../support/pipeline/small-pipeline';

describe.each(['github', 'gitlab'] as const)('setup %s', (host) => {
  let world: DeployedAccount;

  beforeEach(async () => {
    world = await startDeployedAccount(host);
  });

  afterEach(() => world.stop());

  const run = (...args: string[]) => runCommand('setup', host, '--settings', world.files.settings, ...args);

  async function reportOf(...args: string[]): Promise<SetupReport> {
    const { exitCode, stdout, stderr } = await run('--json', ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toContain(WEBHOOK_SECRET);
    return JSON.parse(stdout);
  }

  test('creates the webhook with the address and the secret of the stack', async () => {
    world.deploy();

    const report = await reportOf();

    expect(report).toMatchObject({ url: WEBHOOK_URL, secret: 'kept', action: { kind: 'create' }, hook: 100 });
    expect(world.git.hooks.size).toBe(1);
    expect(world.git.secrets.get(100)).toBe(WEBHOOK_SECRET);
  });

  test('changes nothing the second time', async () => {
    world.deploy();
    await reportOf();
    const before = new Map(world.git.hooks);

    const again = await reportOf();

    expect(again).toMatchObject({ action: { kind: 'update', id: 100, faults: [], twins: [] } });
    expect(world.git.hooks).toEqual(before);
    expect(world.git.secrets).toEqual(new Map([[100, WEBHOOK_SECRET]]));
  });

  test('fixes a webhook that was changed by hand, and its secret', async () => {
    world.deploy();
    world.git.addHook('https://elsewhere.example/hook');
    const id = world.git.addHook(WEBHOOK_URL, {
      active: false,
      events: [],
      push_events: false,
      alert_status: 'disabled',
    });

    const { action } = await reportOf();

    expect(action).toMatchObject({ kind: 'update', id, faults: expect.arrayContaining(['is switched off']) });
    expect(world.git.hooks.size).toBe(2);
    expect(world.git.secrets).toEqual(new Map([[id, WEBHOOK_SECRET]]));
  });

  test('creates a secret if the stack has none, and stores it there first', async () => {
    world.deploy();
    world.aws.secrets.delete(ARNS.webhook);

    expect(await reportOf()).toMatchObject({ secret: 'made' });

    expect(world.aws.secrets.get(ARNS.webhook)).toMatch(/^[0-9a-f]{48}$/);
    expect(world.git.secrets.get(100)).toBe(world.aws.secrets.get(ARNS.webhook));
  });

  test('--dry-run writes nothing at AWS and at the git host', async () => {
    world.deploy();
    world.aws.secrets.delete(ARNS.webhook);

    const report = await reportOf('--dry-run');

    expect(report).toMatchObject({ dryRun: true, secret: 'made', action: { kind: 'create' } });
    expect(world.git.exchanges.map(({ method }) => method)).toEqual(['GET']);
    expect(world.aws.calls.map(({ operation }) => operation)).not.toContain('PutSecretValue');
  });

  test('prints what it did', async () => {
    world.deploy();
    const first = await run();
    const second = await run('--dry-run');

    expect(first.stdout).toBe(`webhook 100 of team/monorepo was made: push and pull_request to ${WEBHOOK_URL}\n`);
    expect(second.stdout).toBe(`webhook 100 of team/monorepo would be set: push and pull_request to ${WEBHOOK_URL}\n`);
  });

  test('prefers the token of the person to that of the pipeline', async () => {
    world.deploy();
    world.aws.secrets.set(ARNS.git, 'a-token-that-is-not-used');
    process.env[host === 'github' ? 'GITHUB_TOKEN' : 'GITLAB_TOKEN'] = HOOKS_TOKEN;

    expect(await reportOf()).toMatchObject({ hook: 100 });
  });

  test('refuses before the first deploy, with the step that comes first', async () => {
    const { exitCode, stderr } = await run();

    expect(exitCode).toBe(2);
    expect(stderr).toContain('ImagePipeline: there is no such stack in this region; deploy it with npx cdk deploy');
  });

  test('refuses settings of the other git host', async () => {
    world.deploy();
    const other = host === 'github' ? 'gitlab' : 'github';
    const { exitCode, stderr } = await runCommand('setup', other, '--settings', world.files.settings);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`git.host: is '${host}' in the settings; run pipeline setup ${host}`);
  });

  test('reports the missing right, and how to grant it', async () => {
    world.deploy();
    for (const route of [...world.git.replies.keys()].filter((each) => each.endsWith('/hooks')))
      world.git.replies.delete(route);

    const { exitCode, stderr } = await run();

    expect(exitCode).toBe(1);
    expect(stderr).toContain("asked with the pipeline's token; that requires ");
    expect(stderr).toContain(`npx pipeline setup ${host}`);
    expect(stderr).not.toContain(HOOKS_TOKEN);
  });

  test('reports the refusal of AWS, and changes nothing', async () => {
    world.deploy();
    world.aws.denied.add('GetSecretValue');

    const { exitCode, stderr } = await run();

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'AccessDeniedException: not authorized to perform GetSecretValue; npx pipeline doctor looks',
    );
    expect(world.git.exchanges).toEqual([]);
  });

  test('refuses without any login', async () => {
    world.deploy();
    world.aws.secrets.delete(ARNS.git);

    const { exitCode, stderr } = await run();

    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not set, and the secret of the git host is empty');
  });
});

test('requests and replies of setup github match GitHub’s description', async () => {
  const world = await startDeployedAccount('github');
  world.deploy();
  for (const _ of [1, 2]) await runCommand('setup', 'github', '--settings', world.files.settings);
  const { problems } = describeRest();

  expect(world.git.exchanges.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'PATCH']);
  expect(world.git.exchanges.flatMap(problems)).toEqual([]);
  await world.stop();
});
