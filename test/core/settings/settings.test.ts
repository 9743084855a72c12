import fc from 'fast-check';
import { environmentBefore, environmentNamed } from '../../../core/settings/environment';
import { filesOf } from '../../../core/settings/files/environment-files';
import { parseSettings } from '../../../core/settings/parse-settings';
import { branchRule, type SettingsInput } from '../../../core/settings/schema';
import { runs } from '../../support/property-runs';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const DEV = { name: 'dev', values: 'chart/values.yaml' };
const STAGING = { name: 'staging', values: 'chart/values-staging.yaml' };

const problemsWith = (part: Partial<SettingsInput>) => problemsOf({ ...SMALLEST, ...part });

describe('the environments of settings', () => {
  test('default to one named default if only a values file is set', () => {
    expect(parseSettings({ ...SMALLEST, valuesFile: 'chart/values.yaml' }).environments).toEqual([
      { name: 'default', values: 'chart/values.yaml' },
    ]);
  });

  test('survive JSON and a second parse', () => {
    const settings = parseSettings({ ...SMALLEST, environments: [DEV, { ...STAGING, approval: { hours: 24 } }] });

    expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    expect(parseSettings(JSON.parse(JSON.stringify(parseSettings(SMALLEST))))).toEqual(parseSettings(SMALLEST));
  });

  test.each<[string, Partial<SettingsInput>, RegExp]>([
    [
      'beside a values file',
      { valuesFile: 'a.yaml', environments: [DEV] },
      /^valuesFile: is given beside environments/,
    ],
    ['with one name twice', { environments: [DEV, { ...STAGING, name: 'dev' }] }, /^environments\.1\.name: 'dev' is/],
    [
      'with one values file twice',
      { environments: [DEV, { ...STAGING, values: DEV.values }] },
      /^environments\.1\.values: chart\/values\.yaml has the same version lock as environment 'dev'/,
    ],
    [
      'with the same version lock path',
      { environments: [STAGING, { name: 'other', values: 'chart/staging.yaml' }] },
      /^environments\.1\.values/,
    ],
    ['that are none', { environments: [] }, /^environments/],
    ['named so that no command line could', { environments: [{ ...DEV, name: 'Dev 1' }] }, /^environments\.0\.name/],
    [
      'with an approval without a time limit',
      { environments: [{ ...DEV, approval: { hours: 1000 } }] },
      /^environments\.0\.approval\.hours/,
    ],
    [
      'with a misspelled name in a branch rule',
      { environments: [DEV], branches: [{ branch: 'main', allow: ['release'], environment: 'prod' }] },
      /^branches\.0\.environment: branch rule 'main' names the environment 'prod'; there are: dev$/,
    ],
  ])('are refused %s', (_, part, message) => {
    expect(problemsWith(part).join('\n')).toMatch(message);
  });

  test('are in order of promotion', () => {
    const settings = parseSettings({ ...SMALLEST, environments: [DEV, STAGING] });
    const [dev, staging] = [environmentNamed(settings, 'dev'), environmentNamed(settings, 'staging')];

    expect(environmentBefore(settings, staging)).toBe(dev);
    expect(environmentBefore(settings, dev)).toBe(dev);
  });

  test.each([
    ['chart/values.yaml', 'chart/version-lock.yaml', 'chart/IMAGE_VERSIONS.md'],
    ['values-staging.yaml', 'version-lock-staging.yaml', 'IMAGE_VERSIONS-staging.md'],
    ['envs/production.yml', 'envs/version-lock-production.yaml', 'envs/IMAGE_VERSIONS-production.md'],
  ])('%s has its lock and its table beside it', (values, lock, images) => {
    const modules = `${values.slice(0, values.lastIndexOf('/') + 1)}module-lock.yaml`;
    expect(filesOf({ values })).toEqual({ values: [{ path: values }], lock, images, modules, charts: [] });
  });
});

describe('an unknown setting', () => {
  test.each<[object, string]>([
    [{ maxConcurency: 3 }, "maxConcurency: is not a setting; did you mean 'maxConcurrency'?"],
    [{ alarms: { queue_minutes: 3 } }, "alarms.queue_minutes: is not a setting; did you mean 'queueMinutes'?"],
    [
      { environments: [{ ...DEV, aproval: { hours: 2 } }] },
      "environments.0.aproval: is not a setting; did you mean 'approval'?",
    ],
    [
      { candidates: { ...SMALLEST.candidates, zone: 'x' } },
      'candidates.zone: is not a setting; allowed here: host, repository',
    ],
  ])('in %j is refused with a suggestion', (part, problem) => {
    expect(problemsWith(part)).toEqual([problem]);
  });

  test('is reported together with all other problems', () => {
    expect(problemsWith({ brnches: [], stratgy: 'smart', strategy: 'fast' } as object)).toEqual([
      "strategy: must be 'smart' or 'conservative' or 'minimal', not the text 'fast'",
      "brnches: is not a setting; did you mean 'branches'?",
      "stratgy: is not a setting; did you mean 'strategy'?",
    ]);
  });
});

describe('a number', () => {
  const approval = (hours: number) => ({ environments: [{ ...DEV, approval: { hours } }] });

  test.each<[string, Partial<SettingsInput>]>([
    ['environments.0.approval.hours', approval(0.01)],
    ['environments.0.approval.hours', approval(0)],
    ['environments.0.approval.hours', approval(168.5)],
    ['alarms.dollarsPerDay', { alarms: { dollarsPerDay: 0 } }],
    ['alarms.dollarsPerDay', { alarms: { dollarsPerDay: 1e300 } }],
    ['alarms.queueMinutes', { alarms: { queueMinutes: 2.5 } }],
    ['alarms.runHours', { alarms: { runHours: 0 } }],
    ['builders', { builders: 0 }],
    ['maxConcurrency', { maxConcurrency: 1001 }],
    ['maxConcurrency', { maxConcurrency: 0.5 }],
    ['timeoutFactor', { timeoutFactor: 0.9 }],
    ['timeoutFactor', { timeoutFactor: 1e9 }],
    ['webhookConcurrency', { webhookConcurrency: 0 }],
    ['git.repositoryId', { git: { host: 'github', repository: 'a/b', repositoryId: -1 } }],
    ['git.app.appId', { git: { host: 'github', repository: 'a/b', app: { appId: 0.5, installationId: 1 } } }],
  ])('%s out of its range is refused with the path and the range: %j', (path, part) => {
    expect(problemsWith(part)).toEqual([expect.stringMatching(new RegExp(`^${path}: must be .*, not [-\\d.e+]+$`))]);
  });

  test('of a machine is no setting, only where it comes from', () => {
    expect(parseSettings(SMALLEST).machineSize).toBe('catalog');
    expect(problemsWith({ machineSize: 4 as never })).toEqual(["machineSize: must be 'catalog' or 'recorded', not 4"]);
  });

  test('of builders is refused beside a stop at the first failure', () => {
    expect(parseSettings({ ...SMALLEST, builders: 10 })).toMatchObject({ builders: 10, stopAtFirstFailure: false });
    expect(problemsWith({ builders: 10, stopAtFirstFailure: true })).toEqual([
      'builders: lets images share a machine, which goes on after a failure; leave it or stopAtFirstFailure out',
    ]);
  });

  test.each([1 / 60, 0.05, 1 / 3, 168])('of approval hours may be %d', (hours) => {
    expect(parseSettings({ ...SMALLEST, ...approval(hours) }).environments[0]?.approval).toEqual({
      hours,
      notByStarter: false,
    });
  });
});

test('settings with thousands of nested levels are refused', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);

  expect(problemsWith({ branches: deep })).toEqual(['settings: nest deeper than 100 levels']);
});

describe('the pattern of a branch rule', () => {
  const matches = (pattern: string, branch: string) => {
    const branches = [{ branch: pattern, allow: ['build' as const] }];
    return branchRule(parseSettings({ ...SMALLEST, branches }), branch) !== undefined;
  };

  test('matches like a regular expression with .* for each star', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '.'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, branch) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
        expect(matches(pattern, branch)).toBe(new RegExp(`^${parts.join('.*')}$`, 's').test(branch));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('takes one search for each part between stars', () => {
    const rules = (branch: string) => parseSettings({ ...SMALLEST, branches: [{ branch, allow: ['build'] }] });
    const [open, closed] = [rules(`${'*a'.repeat(100)}b*`), rules(`${'*a'.repeat(100)}b`)];
    const search = jest.spyOn(String.prototype, 'indexOf');

    const found = [branchRule(open, 'a'.repeat(100_000)), branchRule(closed, 'a'.repeat(100_000))];
    const searches = search.mock.calls.length;
    search.mockRestore();

    expect(found).toEqual([undefined, undefined]);
    expect(searches).toBe(100);
  });
});
