/** What must hold between the files of environments: two that share a file would overwrite each other's versions. */
import type { Problem } from '../../contract/errors';
import type { Environment } from '../environment-schema';
import { filesOf } from './environment-files';

/** Returns the problems of all environments' files, in the order of the environments. */
export function fileProblems(environments: readonly Environment[]): Problem[] {
  return environments.flatMap((environment, index) =>
    [
      ...nameProblems(environment),
      ...sharedFiles(environment, environments.slice(0, index)),
      ...helmProblems(environment),
      ...chartProblems(environment, environments.slice(0, index)),
    ].map(({ path, message }) => ({ path: `environments.${index}.${path}`, message })),
  );
}

const NO_FILES =
  'is missing; name the values file, or for a repository without a chart the path of the version lock: "lock": "version-lock.yaml"';

function nameProblems({ values, lock }: Environment): Problem[] {
  if (typeof values === 'string') return [];
  if (values === undefined) return lock === undefined ? [{ path: 'values', message: NO_FILES }] : [];
  const files = Object.entries(values);
  if (files.length === 0) return [{ path: 'values', message: 'names no file; give at least one' }];
  const twice = files.flatMap(([name, path]): Problem[] => {
    const first = files.find((other) => other[1] === path)?.[0];
    const message = `is ${path}, which is named '${first}' already; keep one of the names`;
    return first === name ? [] : [{ path: `values.${name}`, message }];
  });
  if (lock !== undefined) return twice;
  const message =
    'is missing; values files with names need the path of their version lock, such as "charts/version-lock.yaml"';
  return [...twice, { path: 'lock', message }];
}

function sharedFiles(environment: Environment, earlier: readonly Environment[]): Problem[] {
  const { values, lock } = filesOf(environment);
  if (lock === '') return [];
  const sameLock = earlier.find((other) => filesOf(other).lock === lock);
  if (sameLock !== undefined && environment.lock !== undefined) {
    const message = `${lock} is the version lock of environment '${sameLock.name}', too; name another one`;
    return [{ path: 'lock', message }];
  }
  if (sameLock !== undefined) {
    const message = `${values[0]?.path} has the same version lock as environment '${sameLock.name}'; name another file, or the path of a \`lock\` of its own`;
    return [{ path: 'values', message }];
  }
  return values.flatMap(({ name, path }) => {
    const other = earlier.find((each) => filesOf(each).values.some((file) => file.path === path));
    if (other === undefined) return [];
    const where = name === undefined ? 'values' : `values.${name}`;
    return [{ path: where, message: `is ${path}, a values file of environment '${other.name}'; give each its own` }];
  });
}

/** Environments of one folder share its `Chart.yaml`, which can have the versions of one of them. */
function chartProblems(environment: Environment, earlier: readonly Environment[]): Problem[] {
  const { values, charts } = filesOf(environment);
  return charts.flatMap(({ path }, index) => {
    const other = earlier.find((each) => filesOf(each).charts.some((chart) => chart.path === path));
    const isTwice = charts.slice(0, index).some((chart) => chart.path === path);
    const messages = [
      isTwice ? `${path} is named twice; keep one` : '',
      other ? `${path} has the versions of environment '${other.name}' already; leave one out` : '',
      values.some((file) => file.path === path) ? `${path} is a values file, too; keep one of the two` : '',
    ];
    return messages.flatMap((message) => (message === '' ? [] : [{ path: `charts.${index}.path`, message }]));
  });
}

/** Helm deploys one chart. The values files of another chart would be merged into that one. */
function helmProblems({ values, deploy }: Environment): Problem[] {
  if (typeof values !== 'object' || deploy?.with !== 'helm') return [];
  const folder = `${deploy.chart.replace(/\/$/, '')}/`;
  return Object.entries(values).flatMap(([name, path]) => {
    if (path.startsWith(folder)) return [];
    const message = `is ${path}, outside of the chart ${deploy.chart} that Helm deploys; deploy several charts by a script (deploy.with: command), Argo CD or Flux`;
    return [{ path: `values.${name}`, message }];
  });
}
