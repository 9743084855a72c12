/** The schema of the files of an environment: its values files and its version lock. */
import * as z from 'zod';
import { showUnlessSecret } from '../plaintext-secret';
import { pathInRepository, text } from './text';

const fileName = text(
  /^[a-z][a-z0-9_-]{0,39}$/,
  'a name of lower case letters, digits, _ and -, at most 40 characters',
);

/** Its name lets every tool recognize a lock. */
const lockPath = text(
  /^(?!\/)(?!(?:.*\/)?\.\.\/)([^\p{Cc}]{1,200}\/)?version-lock(-[A-Za-z0-9._-]{1,40})?\.yaml$/u,
  'a path that ends with version-lock.yaml, or with version-lock-NAME.yaml',
);

export const filesKeys = {
  /** The path of its values file in the monorepo. Several files have names, by which the catalog says where a tag is. @example "chart/values-production.yaml" */
  values: z.union([z.string().min(1), z.record(fileName, pathInRepository)], {
    error: ({ input }) => `must be the path of a values file, or paths by name, not ${showUnlessSecret(input)}`,
  }),
  /** The path of the version lock. Values files with names require it. Default: beside the values file. @example "charts/version-lock-production.yaml" */
  lock: lockPath.optional(),
};
