/** What the stack has for environments with registries of their own. */
import type { SettingsInput } from '../../../core/settings/schema';
import { statementsOf } from '../rights/role-statements';
import { synthesize } from '../synthesized';

function templateOf(...registries: readonly (object | undefined)[]) {
  const environments = registries.map((registry, index) => ({
    name: `e${index}`,
    values: `${index}.yaml`,
    ...(registry === undefined ? {} : { registry }),
  }));
  return synthesize({ settings: { environments: environments as SettingsInput['environments'] } }).toJSON();
}

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

/** Actions on ECR of a role, by repository. */
function onEcr(template: Parameters<typeof statementsOf>[0], role: string) {
  const statements = statementsOf(template)[role] ?? [];
  return statements.flatMap(({ actions, resources }) =>
    actions.some((action) => action.startsWith('ecr:')) ? [{ actions, resources }] : [],
  );
}

test('the release function alone may write the registry of an environment, and makes repositories only in its own account', () => {
  const template = templateOf(
    { host: 'ecr', namespace: 'staging' },
    { host: '444455556666.dkr.ecr.eu-west-1.amazonaws.com', namespace: 'live' },
  );

  expect(onEcr(template, 'Release').slice(2)).toEqual([
    {
      actions: [...PULL, ...PUSH, 'ecr:CreateRepository'].sort(),
      resources: ['ecr:repository/shop/*', 'ecr:repository/staging/*'],
    },
    { actions: [...PULL, ...PUSH].sort(), resources: ['arn:aws:ecr:eu-west-1:444455556666:repository/live/*'] },
  ]);
  const others = Object.keys(statementsOf(template)).filter((role) => role !== 'Release');
  const elsewhere = others.flatMap((role) => onEcr(template, role)).flatMap(({ resources }) => resources);
  expect(elsewhere.filter((resource) => /live|staging/.test(resource))).toEqual([]);
});

test('the state machine delivers, if any environment has a registry', () => {
  const names = (template: object) => JSON.stringify(template).match(/Check the registry|Deliver the images/g) ?? [];
  expect(names(templateOf(undefined))).toEqual([]);
  expect(new Set(names(templateOf(undefined, { host: 'ghcr.io', namespace: 'team' }))).size).toBe(2);
});

test('a registry that is not ECR gets a secret for its login, also if the releases are in ECR', () => {
  expect(templateOf({ host: 'ecr', namespace: 'live' }).Outputs).not.toHaveProperty('RegistrySecretArn');
  expect(templateOf({ host: 'ghcr.io', namespace: 'team' }).Outputs).toHaveProperty('RegistrySecretArn');
});

test('functions get the full host of the registry instead of ecr', () => {
  const text = JSON.stringify(templateOf({ host: 'ecr', namespace: 'live' }));
  expect(text).not.toMatch(/host\\*":\\*"ecr\\*"/);
});

test('the release function reads what it delivers, only if it delivers anything', () => {
  const reads = (template: Parameters<typeof statementsOf>[0]) =>
    (statementsOf(template).Release ?? [])
      .filter(({ actions }) => actions.includes('s3:GetObject'))
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource.endsWith('/release.json'));
  expect(reads(templateOf(undefined))).toEqual([]);
  expect(reads(templateOf({ host: 'ghcr.io', namespace: 'team' }))).toEqual(['StoreBucket/runs/*/release.json']);
});

test('where images are replicated, the release function only looks, and asks how replication goes', () => {
  const host = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
  const template = templateOf({ host, namespace: 'shop', arrives: 'replication' });
  expect(onEcr(template, 'Release').slice(3)).toEqual([
    { actions: PULL, resources: ['arn:aws:ecr:eu-west-1:444455556666:repository/shop/*'] },
    { actions: ['ecr:DescribeImageReplicationStatus'], resources: ['ecr:repository/shop/*'] },
  ]);
});
