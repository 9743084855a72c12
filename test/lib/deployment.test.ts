/** Settings that cannot be deployed are refused at synth, all problems at once. */
import { InvalidInputError } from '../../core/errors';
import { parseSettings, type SettingsInput } from '../../core/settings';
import { checkDeployable, deployTarget } from '../../lib/deployment';
import { isEcr, parseEcrHost } from '../../lib/ecr-host';
import { SETTINGS } from './synthesized';

const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

function problems(changes: Partial<SettingsInput>, images: readonly string[] = ['auth']): string[] {
  try {
    checkDeployable(parseSettings({ ...SETTINGS, ...changes }), images);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(error.name).toBe('InvalidSettings');
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('settings of a deployment', () => {
  test.each<[string, Partial<SettingsInput>]>([
    ['the own registry', {}],
    ['a named ECR registry', { releases: { host: HOST, namespace: 'a' }, candidates: { host: HOST, repository: 'c' } }],
    ['releases on another registry', { releases: { host: 'registry-1.docker.io', namespace: 'a' } }],
  ])('%s can be deployed', (_, changes) => {
    expect(problems(changes)).toEqual([]);
  });

  test('everything that is wrong is told at once', () => {
    const found = problems({
      git: { host: 'local', path: '/srv/repository.git' },
      candidates: { host: 'localhost:5000', repository: 'candidates' },
    });
    expect(found).toEqual([
      expect.stringMatching(/^git\.host: is 'local'.*name a git host such as 'github'/),
      expect.stringMatching(/^candidates\.host: is 'localhost:5000'.*write 'ecr'/),
    ]);
  });

  test('two ECR registries are refused, for a deployment has one', () => {
    expect(problems({ releases: { host: HOST, namespace: 'a' } })).toEqual([
      expect.stringContaining(`releases.host: is '${HOST}' and candidates.host is 'ecr'`),
    ]);
  });

  test('a region that does not exist is refused', () => {
    const host = HOST.replace('eu-central-1', 'eu-middle-1');
    expect(problems({ releases: { host, namespace: 'a' }, candidates: { host, repository: 'c' } })).toEqual([
      expect.stringContaining("candidates.host: names the region 'eu-middle-1'"),
    ]);
  });

  test('more images than a stack can have repositories are refused, but only where it has any', () => {
    const images = Array.from({ length: 401 }, (_, index) => `image-${index}`);
    expect(problems({}, images)).toEqual([expect.stringContaining('the catalog has 401 images')]);
    expect(problems({ releases: { host: 'registry-1.docker.io', namespace: 'a' } }, images)).toEqual([]);
  });

  test('settings that do not fit into the environment of a function are refused', () => {
    const branches = Array.from({ length: 60 }, (_, index) => ({
      branch: `team-${index}/a-long-name/*`,
      allow: ['build' as const],
    }));
    expect(problems({ branches })).toEqual([expect.stringMatching(/^settings: have \d+ bytes as JSON/)]);
  });

  test('an ECR host decides account and region; the own registry leaves them open', () => {
    const named = { releases: { host: HOST, namespace: 'a' }, candidates: { host: HOST, repository: 'c' } };
    expect(deployTarget(parseSettings({ ...SETTINGS, ...named }))).toEqual({
      account: '111122223333',
      region: 'eu-central-1',
    });
    expect(deployTarget(parseSettings(SETTINGS))).toBeUndefined();
  });
});

describe('ECR hosts', () => {
  test.each(['ecr', HOST, '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'])('%s is one', (host) => {
    expect(isEcr(host)).toBe(true);
  });

  test.each([
    'registry-1.docker.io',
    'public.ecr.aws',
    '1111.dkr.ecr.eu-central-1.amazonaws.com',
    `${HOST}.example.com`,
    `evil-${HOST}`,
    'ecr.example.com',
  ])('%s is none', (host) => {
    expect(isEcr(host)).toBe(false);
    expect(parseEcrHost(host)).toBeUndefined();
  });
});
