/** What builds are told of the world outside: mirrors of base images, as the settings may name them, cache and repository. */
import { InvalidInputError } from '../../core/contract/errors';
import { parseSettings } from '../../core/settings/parse-settings';
import { deploymentOf } from '../../lib/deployment';
import { statementsOf } from './rights/role-statements';
import { SETTINGS, synthesize } from './synthesized';

const OTHER_ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

/** As JSON, since what only the deployment knows is no text yet. */
function variableOf(template: ReturnType<typeof synthesize>, name: string): string {
  const [project] = Object.values(template.findResources('AWS::CodeBuild::Project'));
  const variables = project?.Properties.Environment.EnvironmentVariables as { Name: string; Value: unknown }[];
  return JSON.stringify(variables.find(({ Name }) => Name === name)?.Value);
}

function problems(mirrors: Readonly<Record<string, string>>): string[] {
  try {
    parseSettings({ ...SETTINGS, mirrors }, deploymentOf([]));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

test('a pull-through cache of the own registry, and mirrors without a login, can be deployed', () => {
  expect(problems({ 'docker.io': 'ecr/docker-hub', 'quay.io': 'mirror.example:5000' })).toEqual([]);
});

test('a mirror that builds could not use is refused', () => {
  expect(problems({ 'docker.io': `${OTHER_ECR}/docker-hub`, 'quay.io': 'ecr' })).toEqual([
    expect.stringMatching(/mirrors\.docker\.io: is '111122223333.*builds are logged in to 'ecr' alone/),
    expect.stringMatching(/mirrors\.quay\.io: is 'ecr', which has no prefix.*ecr\/docker-hub/),
  ]);
});

test.each(['https://mirror.example', 'mirror.example/', 'ecr/UPPER', 'a b'])('%s is not a mirror', (mirror) => {
  expect(problems({ 'docker.io': mirror })).toEqual([expect.stringContaining('must be a host, with a prefix')]);
});

test('builds get the mirrors, and may pull and fill the pull-through cache below its prefix only', () => {
  const template = synthesize({
    settings: { mirrors: { 'docker.io': 'ecr/docker-hub', 'quay.io': 'mirror.example/q' } },
  });

  const { Builder = [], ...others } = statementsOf(template.toJSON());
  expect(Builder.filter(({ resources }) => resources.includes('ecr:repository/docker-hub/*'))).toEqual([
    {
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:BatchImportUpstreamImage',
        'ecr:CreateRepository',
        'ecr:GetDownloadUrlForLayer',
      ],
      resources: ['ecr:repository/docker-hub/*'],
    },
  ]);
  expect(JSON.stringify(others)).not.toContain('docker-hub');
  expect(variableOf(template, 'BASE_MIRRORS')).toMatch(/AWS::AccountId.*\/docker-hub.*mirror\.example\/q/);
});

test('builds without a mirror keep their cache with the candidates, and name the repository', () => {
  const template = synthesize();
  expect(variableOf(template, 'BASE_MIRRORS')).toBe('"{}"');
  expect(variableOf(template, 'CACHE_REPOSITORY')).toContain('/pipeline/candidates');
  expect(variableOf(template, 'REPOSITORY_URL')).toBe('"https://github.com/example/monorepo"');
});
