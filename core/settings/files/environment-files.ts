/** The files of an environment that a commit of the pipeline may write. */
import type { ChartFile } from '../../values/files/chart-files';
import type { ValuesFile } from '../../values/files/values-files';
import { moduleLockPath } from '../../version/module-lock';
import { imageVersionsPath, versionLockPath } from '../../version/version-lock';
import type { Environment } from '../environment-schema';

/** Paths in the monorepo. */
export interface EnvironmentFiles {
  readonly values: readonly ValuesFile[];
  readonly lock: string;
  readonly images: string;
  readonly modules: string;
  /** Charts whose `Chart.yaml` gets versions. */
  readonly charts: readonly ChartFile[];
}

/** What the files of an environment follow from. */
export type FileSettings = Pick<Environment, 'values' | 'lock' | 'charts'>;

/** Returns the environment's files. The table and the module lock are beside the version lock. */
export function filesOf({ values, lock, charts = [] }: FileSettings): EnvironmentFiles {
  const named = typeof values === 'string' ? [{ path: values }] : namedFiles(values);
  const path = lock ?? versionLockPath(named[0]?.path ?? '');
  return {
    values: named,
    lock: path,
    images: imageVersionsPath(path),
    modules: moduleLockPath(path),
    charts: charts.map(chartFile),
  };
}

function chartFile({ path, service, set }: NonNullable<Environment['charts']>[number]): ChartFile {
  const folder = path === '.' ? '' : `${path.replace(/\/$/, '')}/`;
  return { path: `${folder}Chart.yaml`, ...(service === undefined ? {} : { service }), fields: set };
}

function namedFiles(values: Readonly<Record<string, string>> = {}): readonly ValuesFile[] {
  return Object.entries(values).map(([name, path]) => ({ name, path }));
}

/** Returns the paths of all files that a commit of the pipeline may write in the environment. */
export function ownPaths(environment: FileSettings): readonly string[] {
  const { values, lock, images, modules, charts } = filesOf(environment);
  return [...writtenPaths({ values, charts: [] }), lock, images, modules, ...writtenPaths({ values: [], charts })];
}

/** Returns the paths of the values files and charts that a release writes. All of them must exist. */
export function writtenPaths({ values, charts }: Pick<EnvironmentFiles, 'values' | 'charts'>): readonly string[] {
  return [...values, ...charts].map(({ path }) => path);
}

/**
 * Returns the values files for the option `--values` of Helm, with commas between them as in CSV, which is how Helm reads them. Helm reads the
 * files of subcharts by itself.
 */
export function helmValues(environment: Pick<Environment, 'values' | 'lock' | 'deploy'>): string {
  const { values } = filesOf(environment);
  const paths = values.map(({ path }) => path);
  if (environment.deploy?.with !== 'helm') return paths[0] ?? '';
  const subcharts = `${environment.deploy.chart.replace(/\/$/, '')}/charts/`;
  const given = typeof environment.values === 'string' ? paths : paths.filter((path) => !path.startsWith(subcharts));
  return given.map((path) => (/[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path)).join();
}
