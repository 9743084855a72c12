/** Paths of the monorepo in the settings are those that git has. Another spelling is refused before a run finds nothing there. */
import { problemsOf, SMALLEST } from '../../../support/settings/smallest';

const environment = (part: object) => ({ environments: [{ name: 'dev', values: 'a.yaml', ...part }] });
const helm = { with: 'helm', release: 's', cluster: 'c', namespace: 'n' };

/** Settings with a path, by the key that has it. */
const PLACES: Readonly<Record<string, (path: string) => object>> = {
  catalogFile: (path) => ({ catalogFile: path }),
  valuesFile: (path) => ({ valuesFile: path }),
  'scan.waivers': (path) => ({ scan: { from: 'ecr', waivers: path } }),
  'environments.0.values': (values) => environment({ values }),
  'environments.0.values.api': (path) => environment({ values: { api: path }, lock: 'version-lock.yaml' }),
  'environments.0.lock': (lock) => environment({ lock: `${lock}/version-lock.yaml` }),
  'environments.0.charts.0.path': (path) => environment({ charts: [{ path }] }),
  'environments.0.deploy.chart': (chart) => environment({ deploy: { ...helm, chart } }),
  'environments.0.deploy.script': (script) => environment({ deploy: { ...helm, with: 'command', script } }),
  'environments.0.verify.x.script': (script) => environment({ verify: { x: { script, minutes: 1 } } }),
};

const problemsWith = (part: object) => problemsOf({ ...SMALLEST, ...part });

const BAD = ['./a', 'a//b', '../a', '/a', 'a/./b', 'a/../b', ' a', 'a\\b', 'a\nb'];

describe.each(Object.entries(PLACES))('%s', (key, settings) => {
  test.each(BAD)('is refused as %j, with what is allowed', (path) => {
    expect(problemsWith(settings(path)).join('\n')).toMatch(new RegExp(`^ *${key.replaceAll('.', '\\.')}: must be `));
  });

  test.each(['a', 'a-b/ü c/d.yaml', '.github/x', '..a/b..c'])('is taken as %j', (path) => {
    expect(problemsWith(settings(path)).filter((problem) => problem.trim().startsWith(`${key}:`))).toEqual([]);
  });
});

test('a chart may be the root, and a values file may not', () => {
  expect(problemsWith(environment({ charts: [{ path: '.' }] }))).toEqual([]);
  expect(problemsWith(environment({ values: '.' }))).toHaveLength(1);
});

test('the branch of a values repository is written without refs/heads/', () => {
  const valuesRepository = { git: { host: 'github', repository: 'team/deployments' }, branch: 'refs/heads/main' };

  expect(problemsWith({ valuesRepository }).join()).toMatch(
    /valuesRepository\.branch: must be .* without refs\/heads\//,
  );
});
