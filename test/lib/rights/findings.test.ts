/** The rules of cdk-nag (AwsSolutions) on the stack: no finding but those that are acknowledged, and no acknowledgement without a finding. */
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type StackInput, synthesizedApp } from '../synthesized';

/** Rule and path of every finding. With `all`, also of those that are acknowledged. */
function findings(app: App, all = false): string[] {
  const pack = new AwsSolutionsChecks(app);
  if (all) Object.assign(pack, { isAcknowledged: () => false });
  return pack
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    )
    .sort();
}

/** Rule, path and reason of every acknowledgement. */
function acknowledgements(app: App): { readonly finding: string; readonly reason: string }[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ finding: `${id.replace(/^annotation::/i, '')} ${node.path}`, reason })),
  );
}

describe.each<[string, StackInput]>([
  ['ECR', {}],
  ['ECR, and published modules', { modules: [{ stage: 'tools' }], settings: { maxConcurrency: 60 } }],
  [
    'ECR, and modules in an index that was there before',
    {
      modules: [{ stage: 'tools' }, { stage: 'tools', kind: 'npm' }, { stage: 'tools', kind: 'maven' }],
      settings: { packages: { domain: 'shop', repository: 'python' } },
    },
  ],
  [
    'ECR, and registries of environments in this and other accounts',
    {
      settings: {
        environments: [
          { name: 'a', values: 'a.yaml', registry: { host: 'ecr', namespace: 'live' } },
          {
            name: 'b',
            values: 'b.yaml',
            registry: { host: '444455556666.dkr.ecr.eu-west-1.amazonaws.com', namespace: 'live' },
          },
        ],
      },
    },
  ],
  ['another registry', { settings: { releases: { host: 'registry-1.docker.io', namespace: 'shop' } } }],
  [
    'ECR, with a reader, mirrors, chats, approvals, signatures, secrets of builds and a setting for each limit',
    {
      settings: {
        mirrors: { 'docker.io': 'ecr/docker-hub' },
        git: { host: 'github', repository: 'example/monorepo', reader: 'token' },
        notices: { emails: ['team@example.com'], chats: ['slack', 'teams'], successes: true },
        environments: [{ name: 'production', values: 'values.yaml', approval: { hours: 24 } }],
        buildSecrets: { npm: 'arn:aws:secretsmanager:eu-north-1:123456789012:secret:npm-a1b2c3' },
        webhookConcurrency: 20,
        maxConcurrency: 60,
        stopAtFirstFailure: true,
        signing: { kmsKey: 'alias/releases' },
        logDays: 365,
        network: { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] },
        releases: { host: 'ecr', namespace: 'shop', pullAccounts: ['444455556666'] },
      },
    },
  ],
  [
    'ECR, and all that can follow a commit',
    {
      settings: {
        environments: [
          {
            name: 'staging',
            values: 'values-staging.yaml',
            deploy: { with: 'helm', chart: 'chart', release: 'shop', cluster: 'main', namespace: 'shop' },
            verify: {
              page: { url: 'https://shop.example.com', seconds: 5, headers: { cookie: { fromSecret: 'shop' } } },
            },
            watch: { hours: 1, alarms: ['errors'] },
            onFailure: 'rollback',
            then: 'production',
          },
          { name: 'production', values: 'values.yaml' },
        ],
        releaseTag: { pattern: '{version}', environment: 'production' },
        scan: { from: 'ecr' },
      } as never,
    },
  ],
])('a stack with releases in %s', (_, input) => {
  const app = synthesizedApp(input);

  test('has only acknowledged findings', () => {
    expect(findings(app)).toEqual([]);
  });

  test('acknowledges only existing findings, each with a reason', () => {
    const acknowledged = acknowledgements(app);

    expect([...new Set(acknowledged.map(({ finding }) => finding))].sort()).toEqual(findings(app, true));
    expect(acknowledged.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });
});
