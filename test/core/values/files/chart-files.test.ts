import fc from 'fast-check';
import { parse } from 'yaml';
import { InvalidInputError } from '../../../../core/contract/errors';
import { type ChartFile, chartVersion, writeCharts } from '../../../../core/values/files/chart-files';
import { writeFiles } from '../../../../core/values/release-edits';
import { isVersion } from '../../../../core/version/version';
import { runs } from '../../../support/property-runs';

const PATH = 'charts/api/Chart.yaml';
const CHART = [
  '# The API.',
  'apiVersion: v2',
  "version: '0.9.0' # SemVer",
  'name: api',
  '',
  'appVersion: "v1.3.0"   # the tag of the image',
  'dependencies: [{ name: redis, version: 18.1.0, repository: "https://charts.example" }]',
  '',
].join('\n');
const FIELDS: ChartFile['fields'] = ['version', 'appVersion'];

const written = (text: string, chart: Omit<ChartFile, 'path'>, versions: Parameters<typeof writeCharts>[2]) =>
  writeCharts([{ path: PATH, ...chart }], new Map([[PATH, text]]), versions)[0]?.content;

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

test('a chart gets the version of the platform in both forms, and every other byte stays', () => {
  const text = written(CHART, { fields: FIELDS }, { platformVersion: 'v1.4.0', services: [] });

  expect(text).toBe(CHART.replace("'0.9.0'", "'1.4.0'").replace('"v1.3.0"', '"v1.4.0"'));
});

test.each<[string, Omit<ChartFile, 'path'>, string]>([
  [
    'of its service',
    { service: 'api', fields: FIELDS },
    CHART.replace("'0.9.0'", "'2.0.0-dev-3'").replace('v1.3.0', 'v2.0.0-dev-3'),
  ],
  ['that is asked for alone', { service: 'api', fields: ['appVersion'] }, CHART.replace('v1.3.0', 'v2.0.0-dev-3')],
  ['of no service that the run leaves alone', { service: 'web', fields: FIELDS }, CHART],
  ['of the platform only from a run that gives it one', { fields: FIELDS }, CHART],
])('a chart gets the version %s', (_, chart, text) => {
  expect(written(CHART, chart, { services: [{ name: 'api', version: 'v2.0.0-dev-3' }] })).toBe(text);
});

test.each([
  [
    'is missing',
    CHART.replace(/^version.*\n/m, ''),
    /^charts\/api\/Chart\.yaml: version: does not exist: .*write it once, or leave version out/,
  ],
  ['is a map', CHART.replace("'0.9.0'", '{ a: b }'), /^charts\/api\/Chart\.yaml: version: is a map/],
  ['is pinned by a digest', CHART.replace('v1.3.0', `v1.3.0@sha256:${'a'.repeat(64)}`), /which is no version/],
  ['is no version', CHART.replace('"v1.3.0"', 'team/2026'), /appVersion: is 'team\/2026', which is no version/],
])('a field that %s is refused, also by a run that would not change it', (_, text, message) => {
  expect(problemsOf(() => written(text, { fields: FIELDS }, { services: [] }))).toEqual([
    expect.stringMatching(message),
  ]);
});

test('problems of charts and of values files are told at once', () => {
  const files = { values: [{ path: 'values.yaml' }], charts: [{ path: PATH, fields: FIELDS }] };
  const texts = new Map([
    ['values.yaml', 'api: 1\n'],
    [PATH, 'name: api\n'],
  ]);
  const services = [{ name: 'web', version: 'v1.4.0', values: ['web.image.tag'], followsPlatform: false }];

  expect(problemsOf(() => writeFiles(files, texts, { services })).map((problem) => problem.split(':')[0])).toEqual([
    'web.image.tag',
    PATH,
    PATH,
  ]);
});

test('an empty appVersion, which charts begin with, gets its version', () => {
  const text = written(
    'name: a\nversion: 0.1.0\nappVersion: ""\n',
    { fields: FIELDS },
    { platformVersion: 'v1.4.0', services: [] },
  );
  expect(text).toBe('name: a\nversion: 1.4.0\nappVersion: "v1.4.0"\n');
});

test.each([
  ['v1.4.0', '1.4.0'],
  ['1.4.0-dev-2', '1.4.0-dev-2'],
  ['v1.4.0-rc_1.x', '1.4.0-rc-1.x'],
  ['v1.4.0-007.00.1007', '1.4.0-7.0.1007'],
  ['v1.4.0-rc007.00a.00a1', '1.4.0-rc007.00a.00a1'],
  ['v1.4.0-00.a..b.', '1.4.0-0.a.b'],
])('the version %s is %s in a chart', (version, expected) => {
  expect(chartVersion(version)).toBe(expected);
});

/** https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string */
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$/;

test('every version that is a tag is SemVer in a chart, read back as text', () => {
  const suffix = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z._-]{0,12}$/);
  const version = fc
    .tuple(fc.boolean(), fc.nat(99), fc.nat(99), fc.nat(99), fc.option(suffix))
    .map(([v, a, b, c, rest]) => `${v ? 'v' : ''}${a}.${b}.${c}${rest === null ? '' : `-${rest}`}`);
  fc.assert(
    fc.property(version.filter(isVersion), (given) => {
      expect(chartVersion(given)).toMatch(SEMVER);
      const text = written(
        'name: a\nversion: 0.1.0\nappVersion: 1.16\n',
        { fields: FIELDS },
        { platformVersion: given, services: [] },
      );
      expect(parse(text ?? '')).toEqual({ name: 'a', version: chartVersion(given), appVersion: given });
    }),
    { numRuns: runs(400) },
  );
});
