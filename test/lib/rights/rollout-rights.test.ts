/** What the settings for after the commit add to the rights, and nothing else. */
import { synthesize } from '../synthesized';
import { statementsOf } from './role-statements';

const environments = [
  {
    name: 'staging',
    values: 'chart/values.yaml',
    deploy: { with: 'helm', chart: 'chart', release: 'platform', cluster: 'main', namespace: 'staging' },
    verify: {
      health: { url: 'https://x.example.com', seconds: 1, headers: { authorization: { fromSecret: 'staging/token' } } },
    },
    watch: { hours: 1, alarms: ['errors'] },
    onFailure: 'rollback',
    then: 'production',
  },
  { name: 'production', values: 'chart/values-production.yaml' },
] as const;

const template = synthesize({ settings: { environments } as never }).toJSON();
const rights = statementsOf(template);
const actionsOf = (role: string) => (rights[role] ?? []).flatMap(({ actions }) => actions);

test('the function may look at the named clusters and secrets, and at alarms', () => {
  const resources = (action: string) =>
    (rights.Rollout ?? []).filter(({ actions }) => actions.includes(action)).flatMap((each) => each.resources);

  expect(resources('eks:DescribeCluster')).toEqual([expect.stringContaining('cluster/main')]);
  // With a narrower resource CloudWatch returns no composite alarm.
  expect(resources('cloudwatch:DescribeAlarms')).toEqual(['*']);
  expect(resources('secretsmanager:GetSecretValue')).toContainEqual(
    expect.stringContaining('secret:staging/token-??????'),
  );
  expect(actionsOf('Rollout').filter((action) => /^(ecr|codebuild|states|sns|dynamodb)/.test(action))).toEqual([]);
});

test('a command reads its source and nothing else', () => {
  const reads = (rights.CommandRunner ?? []).filter(({ actions }) => actions.includes('s3:GetObject'));
  expect(reads.flatMap(({ resources }) => resources).filter((resource) => !/\/sources\//.test(resource))).toEqual([]);
  expect(reads).not.toEqual([]);
});

test('a command may neither write a registry or the store, nor read a secret, nor start anything', () => {
  expect(actionsOf('CommandRunner')).toContain('eks:DescribeCluster');
  expect(
    actionsOf('CommandRunner').filter((action) => /Put(?!LogEvents)|Upload|Secret|Start|Assume|^ecr/.test(action)),
  ).toEqual([]);
});

test('the state machine may start itself only if a rollback or a next environment needs it', () => {
  const mayStart = (settings: object) =>
    JSON.stringify(synthesize({ settings: settings as never }).toJSON()).includes('OwnRuns');
  const [staging] = environments;
  const { onFailure: _, then: __, ...quiet } = staging;

  expect(mayStart({ environments })).toBe(true);
  expect(mayStart({ environments: [quiet] })).toBe(false);
});

test('an address of a cluster cannot be deployed', async () => {
  const { deploymentOf } = await import('../../../lib/deployment');
  const { parseSettings } = await import('../../../core/settings/parse-settings');
  const [staging] = environments;
  const settings = parseSettings({
    git: { host: 'github', repository: 'a/b' },
    releases: { host: 'ecr', namespace: 'shop' },
    candidates: { host: 'ecr', repository: 'c' },
    environments: [{ name: 's', values: 'v.yaml', deploy: { ...staging.deploy, cluster: 'https://10.0.0.1' } }],
  });

  expect(deploymentOf([]).problems(settings)).toEqual([
    { path: 'environments.0.deploy.cluster', message: expect.stringContaining('write the name of the cluster') },
  ]);
});
