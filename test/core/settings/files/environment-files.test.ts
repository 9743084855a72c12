import { filesOf, helmValues, ownPaths } from '../../../../core/settings/files/environment-files';
import { parseSettings } from '../../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../../core/settings/schema';
import { problemsOf, SMALLEST } from '../../../support/settings/smallest';

type EnvironmentInput = NonNullable<SettingsInput['environments']>[number];

const CHARTS = { api: 'charts/api/values.yaml', web: 'charts/web/values.yaml' };
const DEV = { name: 'dev', values: CHARTS, lock: 'charts/version-lock-dev.yaml' } satisfies EnvironmentInput;

const problemsWith = (...environments: EnvironmentInput[]) => problemsOf({ ...SMALLEST, environments });

test('values files with names have one version lock, with table and module lock beside it', () => {
  expect(filesOf(DEV)).toEqual({
    values: [
      { name: 'api', path: CHARTS.api },
      { name: 'web', path: CHARTS.web },
    ],
    lock: 'charts/version-lock-dev.yaml',
    images: 'charts/IMAGE_VERSIONS-dev.md',
    modules: 'charts/module-lock.yaml',
    charts: [],
  });
  expect(ownPaths(DEV)).toEqual([
    CHARTS.api,
    CHARTS.web,
    'charts/version-lock-dev.yaml',
    'charts/IMAGE_VERSIONS-dev.md',
    'charts/module-lock.yaml',
  ]);
});

test('an environment without values files has a version lock alone', () => {
  const [environment] = parseSettings({
    ...SMALLEST,
    environments: [{ name: 'dev', lock: 'version-lock.yaml' }],
  }).environments;
  if (environment === undefined) throw new Error('there is no environment');
  expect(ownPaths(environment)).toEqual(['version-lock.yaml', 'IMAGE_VERSIONS.md', 'module-lock.yaml']);
});

test('named files survive JSON and a second parse', () => {
  const settings = parseSettings({ ...SMALLEST, environments: [DEV] });
  expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test.each<[string, readonly EnvironmentInput[], RegExp]>([
  [
    'that are missing without a version lock',
    [{ name: 'dev' }],
    /^environments\.0\.values: is missing; .*"lock": "version-lock\.yaml"/,
  ],
  ['without a version lock', [{ name: 'dev', values: CHARTS }], /^environments\.0\.lock: is missing; .*such as/],
  ['that are none', [{ ...DEV, values: {} }], /^environments\.0\.values: names no file/],
  [
    'with one file twice',
    [{ ...DEV, values: { ...CHARTS, again: CHARTS.api } }],
    /^environments\.0\.values\.again: is charts\/api\/values\.yaml, which is named 'api' already; keep one/,
  ],
  [
    'with a file of another environment',
    [DEV, { name: 'live', values: CHARTS.web }],
    /^environments\.1\.values: is charts\/web\/values\.yaml, a values file of environment 'dev'; give each its own$/,
  ],
  [
    'with one file three times',
    [{ ...DEV, values: { ...CHARTS, again: CHARTS.api, more: CHARTS.api } }],
    /^environments\.0\.values\.again: .*\nenvironments\.0\.values\.more: is .* which is named 'api' already/,
  ],
  [
    'with a named file of another environment',
    [DEV, { name: 'live', lock: 'version-lock-live.yaml', values: { x: CHARTS.web } }],
    /^environments\.1\.values\.x: is charts\/web\/values\.yaml, a values file of environment 'dev'/,
  ],
  [
    'that have the version lock of another environment beside them',
    [
      { name: 'dev', values: 'a/values.yaml' },
      { name: 'live', values: 'a/values.yaml' },
    ],
    /^environments\.1\.values: a\/values\.yaml has the same version lock as environment 'dev'; name another file, or the path of a `lock` of its own$/,
  ],
  [
    'with the version lock of another environment',
    [DEV, { ...DEV, name: 'live', values: { api: 'charts/api/live.yaml' } }],
    /^environments\.1\.lock: charts\/version-lock-dev\.yaml is the version lock of environment 'dev', too/,
  ],
  [
    'with a lock that tools would not recognize',
    [{ ...DEV, lock: 'charts/lock.yaml' }],
    /^environments\.0\.lock: must be a path that ends with version-lock\.yaml/,
  ],
  ['out of the repository', [{ ...DEV, values: { api: '../values.yaml' } }], /^environments\.0\.values/],
  [
    'of another chart than the one that Helm deploys',
    [{ ...DEV, deploy: { with: 'helm', chart: 'charts/api', release: 'a', cluster: 'c', namespace: 'n' } }],
    /^environments\.0\.values\.web: is charts\/web\/values\.yaml, outside of the chart charts\/api .*deploy\.with: command/,
  ],
])('values files %s are refused', (_, environments, message) => {
  expect(problemsWith(...environments).join('\n')).toMatch(message);
});

test('the Chart.yaml of a chart is one of the files that a run writes', () => {
  const charts = [
    { path: '.', set: ['version' as const] },
    { path: 'charts/api/', service: 'api', set: ['version' as const, 'appVersion' as const] },
  ];
  expect(filesOf({ ...DEV, charts }).charts).toStrictEqual([
    { path: 'Chart.yaml', fields: ['version'] },
    { path: 'charts/api/Chart.yaml', service: 'api', fields: ['version', 'appVersion'] },
  ]);
  expect(ownPaths({ ...DEV, charts }).slice(-2)).toEqual(['Chart.yaml', 'charts/api/Chart.yaml']);
});

test.each<[string, readonly EnvironmentInput[], RegExp]>([
  [
    'twice',
    [{ ...DEV, charts: [{ path: 'a' }, { path: 'a' }] }],
    /^environments\.0\.charts\.1\.path: a\/Chart\.yaml is named twice/,
  ],
  [
    'of another environment',
    [
      { ...DEV, charts: [{ path: 'a' }, { path: 'b' }] },
      { name: 'live', values: 'live.yaml', charts: [{ path: 'a' }] },
    ],
    /^environments\.1\.charts\.0\.path: a\/Chart\.yaml has the versions of environment 'dev' already/,
  ],
  [
    'that is a values file',
    [{ ...DEV, values: { ...CHARTS, a: 'a/Chart.yaml' }, charts: [{ path: 'a' }] }],
    /^environments\.0\.charts\.0\.path: a\/Chart\.yaml is a values file, too/,
  ],
  ['without anything to set', [{ ...DEV, charts: [{ path: 'a', set: [] }] }], /^environments\.0\.charts\.0\.set/],
])('a chart %s is refused', (_, environments, message) => {
  expect(problemsWith(...environments).join('\n')).toMatch(message);
});

test('charts of different folders are no problem', () => {
  const environments = [
    { ...DEV, charts: [{ path: 'a' }, { path: 'b' }] },
    { name: 'live', values: 'live.yaml', charts: [{ path: 'c' }] },
  ];
  expect(problemsWith(...environments)).toEqual([]);
});

test('without Helm the first values file counts, if there is one', () => {
  expect(helmValues(DEV)).toBe(CHARTS.api);
  expect(helmValues({ lock: 'version-lock.yaml' })).toBe('');
  const deploy = { with: 'helm', chart: 'charts/shop/', release: 's', cluster: 'c', namespace: 'n' } as const;
  const values = { shop: 'charts/shop/dev.yaml', api: 'charts/shop/charts/api/values.yaml' };
  const settings = parseSettings({ ...SMALLEST, environments: [{ ...DEV, values, deploy }] });
  expect(settings.environments.map(helmValues)).toEqual(['charts/shop/dev.yaml']);
});

test.each<[string, EnvironmentInput['values'], string]>([
  ['its only file', 'chart/values-dev.yaml', 'chart/values-dev.yaml'],
  ['all of its files in their order', { base: 'shop/base.yaml', dev: 'shop/dev.yaml' }, 'shop/base.yaml,shop/dev.yaml'],
  [
    'no files of subcharts, which Helm reads by itself',
    { shop: 'shop/dev.yaml', api: 'shop/charts/api/values.yaml' },
    'shop/dev.yaml',
  ],
  [
    'its only file without a name, even if that is of a subchart',
    'shop/charts/api/values.yaml',
    'shop/charts/api/values.yaml',
  ],
  ['a name with a quote in quotes', { a: 'shop/a"b.yaml' }, '"shop/a""b.yaml"'],
  ['nothing, if its only file with a name is of a subchart', { api: 'shop/charts/api/values.yaml' }, ''],
  ['nothing, if all are of subcharts', { api: 'shop/charts/api/values.yaml', b: 'shop/charts/b/values.yaml' }, ''],
  ['a name with a comma in quotes', { a: 'shop/a,b.yaml', c: 'shop/c.yaml' }, '"shop/a,b.yaml",shop/c.yaml'],
])('Helm is given %s', (_, values, given) => {
  const deploy = { with: 'helm', chart: 'shop/', release: 's', cluster: 'c', namespace: 'n' } as const;
  const lock = 'version-lock.yaml';
  const [environment] = parseSettings({
    ...SMALLEST,
    environments: [{ name: 'dev', values, lock, deploy }],
  }).environments;
  if (environment === undefined) throw new Error('there is no environment');
  expect(helmValues(environment)).toBe(given);
});
