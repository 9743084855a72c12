/** The schema of the files of an environment: its values files and its version lock. */
import * as z from 'zod';
import { CHART_FIELDS } from '../../values/files/chart-files';
import { showUnlessSecret } from '../plaintext-secret';
import { folderInRepository, pathInRepository, text } from './text';

const fileName = text(
  /^[a-z][a-z0-9_-]{0,39}$/,
  'a name of lower case letters, digits, _ and -, at most 40 characters',
);

/** Its name lets every tool recognize a lock. */
const lockPath = text(
  /^(?![/ ])(?!(?:.*\/)?\.{1,2}\/)(?!.*\/\/)([^\p{Cc}\\]{1,200}\/)?version-lock(-[A-Za-z0-9._-]{1,40})?\.yaml$/u,
  'a path that ends with version-lock.yaml, or with version-lock-NAME.yaml',
);

const Chart = z.strictObject({
  /** The folder of the chart, or `.` for the root of the monorepo. @example "charts/api" */
  path: folderInRepository,
  /** The service whose version it has. Default: the version of the platform. @example "api" */
  service: z.string().min(1).optional(),
  /** What is set: `version` is written as SemVer, without `v`, and `appVersion` as the tag of the image. */
  set: z.array(z.enum(CHART_FIELDS)).min(1).default(['version', 'appVersion']),
});

export const filesKeys = {
  /** The path of its values file in the monorepo. Several files have names, by which the catalog says where a tag is. Default: none, for a repository without a chart. @example "chart/values-production.yaml" */
  values: z
    .union([pathInRepository, z.record(fileName, pathInRepository)], {
      error: ({ input }) => `must be the path of a values file, or paths by name, not ${showUnlessSecret(input)}`,
    })
    .optional(),
  /** The path of the version lock. It is required without a values file, and if values files have names. Default: beside the values file. @example "charts/version-lock-production.yaml" */
  lock: lockPath.optional(),
  /** Charts whose `Chart.yaml` gets the versions of releases, in the same commit. Default: none. @example [{ "path": "charts/shop" }, { "path": "charts/api", "service": "api", "set": ["appVersion"] }] */
  charts: z.array(Chart).min(1).optional(),
};
