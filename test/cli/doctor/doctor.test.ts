/** The doctor on a whole deployment: what it finds, what it asks for, and what it never prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../../adapters/clock';
import { doctor } from '../../../cli/doctor/doctor';
import { ARNS, type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { type Examined, examineDeployment } from '../../support/aws/examine-deployment';
import { HOOKS_TOKEN, startFakeGitHubHooks } from '../../support/git-hosts/fake-hooks';

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
});

afterEach(() => world.stop());

function examine(clock = systemClock, hub = world.registry.host): Promise<Examined> {
  return examineDeployment(world, clock, hub);
}

describe('doctor', () => {
  test('finds no problem on a complete deployment', async () => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);

    const { exitCode, report, open } = await examine();

    expect(open).toEqual([]);
    expect(exitCode).toBe(0);
    expect(report.findings.map(({ check }) => check)).toEqual([
      'settings',
      'catalog',
      'AWS credentials',
      'quota Linux/Medium builds',
      'quota ECR PutImage',
      'quota Lambda functions',
      'ECR blob mounting',
      'CDK bootstrap',
      'stack',
      'secret of the git host',
      'secret of the webhook',
      'secret of the registry',
      'git permissions',
      'push to main',
      'push to develop',
      'webhook',
      'webhook deliveries',
      'registry login',
      'Docker Hub pulls',
      'clock',
    ]);
  });

  test('before the first deployment, makes the possible checks and lists the later ones', async () => {
    const { exitCode, report, open } = await examine();

    expect(exitCode).toBe(0);
    expect(open).toEqual([
      'later CDK bootstrap: npx cdk bootstrap',
      'later stack: npx cdk deploy',
      'later secrets: ',
      'later git permissions: GITHUB_TOKEN=... npx pipeline doctor',
      'later webhook: ',
    ]);
    expect(report.findings.filter(({ state }) => state === 'ok').map(({ check }) => check)).toContain('registry login');
  });

  test('checks the git host before the first deployment with a person’s own token', async () => {
    process.env.GITHUB_TOKEN = HOOKS_TOKEN;

    const { report } = await examine();

    const rights = report.findings.find(({ check }) => check === 'git permissions');
    expect(rights).toMatchObject({
      state: 'ok',
      text: expect.stringMatching(/^GITHUB_TOKEN: repository team\/monorepo/),
    });
  });

  test('says beforehand that a push would be refused, and which setting helps', async () => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    world.git.refusesPushes = true;

    const { exitCode, report } = await examine();

    expect(exitCode).toBe(1);
    expect(report.findings.find(({ check }) => check === 'push to main')).toEqual({
      check: 'push to main',
      state: 'problem',
      text: expect.stringMatching(/token would be refused: a pull request is required \(ruleset 7 /),
      fix: expect.stringMatching(/^set branches\.0\.pullRequest to \{\}/),
    });
  });

  test('has the exact command for every problem', async () => {
    world.deploy();
    world.aws.quotas = world.aws.quotas.map((quota) => ({ ...quota, value: 1 }));
    world.aws.blobMounting = 'DISABLED';
    world.aws.secrets.delete(ARNS.registry);
    world.registry.replies.set('HEAD /v2/ratelimitpreview/test/manifests/latest', {
      headers: { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '1;w=21600' },
    });

    const { exitCode, open } = await examine({ ...systemClock, now: () => Date.now() + 600_000 });

    expect(exitCode).toBe(1);
    expect(open).toEqual([
      'problem quota Linux/Medium builds: aws service-quotas request-service-quota-increase --service-code codebuild --quota-code L-2 --desired-value 2 --region eu-central-1',
      'problem quota ECR PutImage: aws service-quotas request-service-quota-increase --service-code ecr --quota-code L-3 --desired-value 10 --region eu-central-1',
      'problem ECR blob mounting: aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED --region eu-central-1',
      `problem secret of the registry: aws secretsmanager put-secret-value --secret-id ${ARNS.registry} --secret-string '{"username": "...", "password": "..."}'`,
      'problem webhook: npx pipeline setup github',
      'problem Docker Hub pulls: docker login',
      'problem clock: sudo timedatectl set-ntp true',
    ]);
  });

  test('reports a webhook with refused deliveries, with the request that redelivers one', async () => {
    world.deploy();
    const id = world.git.addHook(WEBHOOK_URL);
    world.git.deliveries = [{ id: 5, status_code: 401, event: 'push', delivered_at: '2026-11-23T10:00:00Z' }];

    expect((await examine()).open).toEqual([
      `problem webhook deliveries: gh api -X POST repos/team/monorepo/hooks/${id}/deliveries/5/attempts`,
    ]);
  });

  test('reports a token without the rights of a run, and one that cannot read webhooks', async () => {
    const poor = await startFakeGitHubHooks({ writes: false, seesHooks: false });
    for (const [route, reply] of poor.replies) world.git.replies.set(route, reply);
    world.deploy();

    const { open, report } = await examine();

    expect(open).toEqual([
      expect.stringMatching(
        /^problem git permissions: make a token for team\/monorepo with contents: write, statuses: write/,
      ),
      expect.stringMatching(/^problem webhook: GITHUB_TOKEN=\.\.\. npx pipeline doctor/),
    ]);
    expect(report.findings.find(({ check }) => check === 'git permissions')?.text).toContain(
      'missing: contents: write',
    );
    await poor.stop();
  });

  test('checks mirrors and chats if the settings have them', async () => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    const more = { mirrors: { 'docker.io': 'ecr/docker-hub' }, notices: { chats: ['slack'] } };
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, ...more }));
    const stack = world.aws.stacks.get('ImagePipeline');
    const outputs = { ...stack?.outputs, ChatSecretArn: 'arn:chat' };
    world.aws.stacks.set('ImagePipeline', { status: 'CREATE_COMPLETE', outputs });

    const { open, report } = await examine();

    expect(open).toEqual([
      expect.stringMatching(/^problem mirror of docker\.io: aws ecr create-pull-through-cache-rule /),
      'problem secret of the chats: aws secretsmanager put-secret-value --secret-id arn:chat --secret-string file://chats.json',
    ]);
    expect(report.findings).toContainEqual({ check: 'Docker Hub pulls', state: 'ok', text: 'go through the mirror' });
  });

  test('checks the existing release repositories in ECR', async () => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    const releases = { host: 'ecr', namespace: 'team' };
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, releases }));
    const filters = [{ filterType: 'WILDCARD', filter: 'in-*' }];
    const writeOnce = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: filters,
    };
    world.aws.repositories = [
      { repositoryName: 'team/auth', ...writeOnce },
      { repositoryName: 'other/thing', imageTagMutability: 'MUTABLE' },
      { repositoryName: 'team/restapi', imageTagMutability: 'MUTABLE' },
    ];

    const { open } = await examine();

    expect(open).toContain(
      "problem release repositories: aws ecr put-image-tag-mutability --repository-name team/restapi --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter='in-*' --region eu-central-1",
    );
  });

  test('reports no problem if Docker Hub does not answer', async () => {
    const { open, exitCode } = await examine(systemClock, '127.0.0.1:1');

    expect(exitCode).toBe(0);
    expect(open).toContain('later Docker Hub pulls: docker login, if base images come from there');
  });

  test('continues if AWS refuses a request', async () => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    world.aws.denied.add('ListServiceQuotas').add('GetAccountSetting');

    const { open, report } = await examine();

    expect(open.map((line) => line.split(':')[0])).toEqual([
      'problem quota of builds',
      'problem quota ECR PutImage',
      'problem quota Lambda functions',
      'problem ECR blob mounting',
    ]);
    expect(report.findings.find(({ check }) => check === 'webhook')).toMatchObject({ state: 'ok' });
  });

  test('makes no other request to AWS without valid credentials', async () => {
    world.aws.denied.add('GetCallerIdentity');

    const { open } = await examine();

    expect(open[0]).toBe(
      'problem AWS credentials: aws sso login, or aws configure if there is no profile yet; then npx pipeline doctor',
    );
    expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
  });

  test('reports a missing region, and makes the other checks', async () => {
    process.env.AWS_REGION = '';

    const { open, report } = await examine();

    expect(open[0]).toBe('problem AWS region: export AWS_REGION=eu-central-1');
    expect(open).toContain('later stack: export AWS_REGION=eu-central-1');
    expect(report.findings.map(({ check }) => check)).toContain('registry login');
  });

  test('prints one table with the commands below it', async () => {
    let text = '';
    const stdout = { write: (part: string) => (text += part) };
    const outside = { env: process.env, clock: systemClock, hub: world.registry.host };
    await doctor({ ...world.files, stack: 'ImagePipeline', json: false }, { stdout }, outside);

    expect(text).toMatch(/^ok +settings +for team\/monorepo on github$/m);
    expect(text).toMatch(/^later +stack +ImagePipeline is not deployed in eu-central-1 yet$/m);
    expect(text).toContain('stack:\n    npx cdk deploy\n');
    expect(text).toMatch(/no problems\n$/);
  });

  test('stops after broken settings', async () => {
    const options = { ...world.files, settings: world.files.catalog, stack: 'ImagePipeline', json: true };
    let text = '';
    const outside = { env: process.env, clock: systemClock, hub: world.registry.host };
    const exitCode = await doctor(options, { stdout: { write: (part: string) => (text += part) } }, outside);

    expect(exitCode).toBe(1);
    expect(JSON.parse(text).findings).toMatchObject([
      { check: 'settings', state: 'problem', fix: `edit ${world.files.catalog}` },
    ]);
  });
});

describe('doctor with GitLab', () => {
  test('finds no problem on a complete deployment', async () => {
    const other = world;
    world = await startDeployedAccount('gitlab');
    world.deploy();
    world.git.addHook(WEBHOOK_URL);

    expect((await examine()).open).toEqual([]);
    await other.stop();
  });
});
