import { parseSettings } from '../../../core/settings/parse-settings';
import { goesOn, neededFiles, promotionBranch } from '../../../core/settings/rollout-rules';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const PLACE = { cluster: 'main', namespace: 'staging' };

function settingsWith(environments: readonly object[], rest: object = {}) {
  return {
    ...SMALLEST,
    environments,
    branches: [{ branch: 'main', allow: ['release', 'promote', 'rollback'] }],
    ...rest,
  };
}

const staging = (part: object) => settingsWith([{ name: 'staging', values: 'chart/values.yaml', ...part }]);

const HEALTH = { url: 'https://staging.example.com/health', seconds: 10 };

const WHOLE = {
  deploy: { with: 'helm', chart: 'chart', release: 'platform', ...PLACE },
  verify: {
    health: { ...HEALTH, headers: { authorization: { fromSecret: 'staging/token', prefix: 'Bearer ' } } },
    login: { script: 'smoke/login.sh', minutes: 5 },
  },
  watch: { hours: 24, every: 10, alarms: ['errors'] },
  onFailure: 'rollback',
};

describe('what happens after the commit', () => {
  test('is nothing unless the settings say so', () => {
    const settings = parseSettings(staging({}));

    expect(goesOn(settings, settings.environments[0] as never, 'main')).toBe(false);
    expect(settings.environments[0]).toEqual({ name: 'staging', values: 'chart/values.yaml' });
  });

  test('reads the same from settings that were filled in before', () => {
    const settings = parseSettings(staging(WHOLE));

    expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    expect(settings.environments[0]).toMatchObject({
      deploy: { minutes: 15, without: [], shortLived: [] },
      verify: { health: { method: 'GET', retries: 2, expect: { status: 200 } } },
      watch: { minutes: 1440 },
    });
  });

  test('concerns the branches that have a rule of their own', () => {
    const branches = [
      { branch: 'main', allow: ['release', 'rollback'] },
      { branch: 'feature/*', allow: ['build'] },
    ];
    const settings = parseSettings({ ...staging(WHOLE), branches });

    const [environment] = settings.environments;
    expect(goesOn(settings, environment as never, 'main')).toBe(true);
    expect(goesOn(settings, environment as never, 'feature/x')).toBe(false);
  });

  test('needs the chart and the scripts at the released commit', () => {
    const [environment] = parseSettings(staging(WHOLE)).environments;

    expect(neededFiles(environment as never).map(({ path }) => path)).toEqual(['chart/Chart.yaml', 'smoke/login.sh']);
  });
});

describe('settings are refused', () => {
  test.each([
    ['a request without a bound', { verify: { a: { url: HEALTH.url } } }, /verify\.a\.seconds: .*no bound on its time/],
    ['a command without a bound', { verify: { a: { script: 's.sh' } } }, /verify\.a\.minutes: .*no bound on its time/],
    [
      'a check of both kinds',
      { verify: { a: { ...HEALTH, script: 's.sh', minutes: 1 } } },
      /verify\.a\.url: .*exactly one/,
    ],
    ['a check of no kind', { verify: { a: { seconds: 1 } } }, /verify\.a\.url: .*exactly one/],
    [
      'a login in plain text',
      { verify: { a: { ...HEALTH, headers: { Authorization: 'Bearer x' } } } },
      /holds a secret/,
    ],
    ['a script outside', { verify: { a: { script: '../s.sh', minutes: 1 } } }, /must be a path in the monorepo/],
    ['a watch without an end', { ...WHOLE, watch: { every: 5 } }, /watch\.minutes: .*either minutes or hours/],
    ['a watch with two ends', { ...WHOLE, watch: { minutes: 5, hours: 1 } }, /either minutes or hours/],
    ['a watch of too many looks', { ...WHOLE, watch: { hours: 24, every: 1 } }, /watch\.every: gives 1440 looks/],
    ['a watch of nothing', { watch: { hours: 1 } }, /watch: has nothing to watch/],
    ['an end of nothing', { onFailure: 'rollback' }, /onFailure: needs deploy, verify or watch/],
    ['an unknown tool', { deploy: { with: 'kustomize', ...PLACE } }, /deploy\.with: must be 'helm', 'argocd'/],
    ['half a place', { deploy: { with: 'command', script: 'd.sh', cluster: 'main' } }, /deploy\.namespace: is missing/],
    [
      'a user in the address of a cluster',
      { deploy: { with: 'nothing', ...PLACE, cluster: 'https://somebody@host' } },
      /deploy\.cluster/,
    ],
  ])('for %s', (_, part, message) => {
    const problems = problemsOf(staging(part));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  const three = (...thens: readonly (string | undefined)[]) =>
    settingsWith(
      ['dev', 'staging', 'production'].map((name, index) => ({
        name,
        values: `chart/values-${name}.yaml`,
        ...(thens[index] === undefined ? {} : { then: thens[index] }),
      })),
    );

  test.each([
    ['an unknown environment', three('stagin'), /environments\.0\.then: 'stagin' is not an environment/],
    ['itself', three('dev'), /environments\.0\.then: leads in a circle: dev, then dev/],
    ['one that is further on', three('production'), /environments\.0\.then: .* the list: staging/],
    ['one before it', three(undefined, undefined, 'dev'), /environments\.2\.then: .*there is none/],
  ])('if then names %s', (_, settings, message) => {
    expect(problemsOf(settings)).toEqual([expect.stringMatching(message)]);
  });

  test('if then leads in a circle of several, at each of them', () => {
    const problems = problemsOf(three('staging', 'production', 'dev'));

    expect(problems).toHaveLength(3);
    expect(problems[1]).toContain(
      'environments.1.then: leads in a circle: staging, then production, then dev, then staging',
    );
  });

  test('if the branch of an environment may not roll back, with all other problems', () => {
    const branches = [{ branch: 'main', allow: ['release'] }];
    const problems = problemsOf({ ...staging({ ...WHOLE, verify: { a: { url: HEALTH.url } }, then: 'x' }), branches });

    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['environments.0.verify.a.seconds']);
    expect(problemsOf({ ...staging(WHOLE), branches })).toEqual([
      expect.stringContaining(
        "environments.0.onFailure: is rollback, but the branch rule 'main' does not allow rollback",
      ),
    ]);
  });
});

test('a promotion is committed on the branch of its environment, else on the first that allows promotions', () => {
  const environments = ['dev', 'staging'].map((name) => ({ name, values: `chart/values-${name}.yaml` }));
  const branches = [
    { branch: 'main', allow: ['promote'] },
    { branch: 'staging', allow: ['promote'], environment: 'staging' },
  ];
  const settings = parseSettings(settingsWith(environments, { branches }));

  expect(promotionBranch(settings, 'staging')).toBe('staging');
  expect(promotionBranch(settings, 'production')).toBe('main');
});
