/** The stored objects of runs, as commands reach them: in the bucket of a deployment, or in the home of a local pipeline. */
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { ListedRun } from '../adapters/aws/run-viewer';
import { createDiskObjectStore } from '../adapters/disk/disk-store';
import { messageOf } from '../core/contract/errors';
import { objectKeys } from '../core/contract/keys';
import type { RunReport } from '../core/contract/report';
import type { ObjectStore } from '../core/ports/store';
import { readIfStored } from '../lambdas/shared/stored';
import { homePaths, servedHome } from '../local/runtime/home';
import type { StackOptions } from './deployed-stack';
import { isOutsideError } from './outside-error';
import type { StatesOptions } from './states-client';

/** The place of the objects. */
export interface RunStoreOptions extends StackOptions {
  /** The folder of a local pipeline. */
  readonly home?: string;
  /** The bucket of a deployment; unused with a stack, whose output names it. */
  readonly bucket?: string;
}

/** Returns `--bucket`. */
export function bucketOption(): Option {
  return new Option('--bucket <name>', 'without --stack: the bucket of the deployment').env('PIPELINE_BUCKET');
}

/** Returns the bucket of a deployment, undefined if none is named. Throws as `readDeployedStack` does. */
export async function bucketOf({ stack, bucket, ...options }: RunStoreOptions): Promise<string | undefined> {
  if (stack === undefined) return bucket;
  const { readDeployedStack } = await import('./deployed-stack');
  return (await readDeployedStack(stack, options, ['StoreBucketName'])).StoreBucketName;
}

/** Returns the objects in a home. */
export function storeOfHome(home: string): ObjectStore {
  return createDiskObjectStore(homePaths(resolve(home)).objects);
}

/** Returns the objects in a bucket. */
export async function storeOfBucket(bucket: string, region?: string): Promise<ObjectStore> {
  const [{ S3Client }, { createS3ObjectStore }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('../adapters/aws/s3-object-store'),
  ]);
  return createS3ObjectStore(new S3Client(region === undefined ? {} : { region }), bucket);
}

/** The stored report of a run, or a sentence for people about where it is. */
export type FoundReport = { readonly report: RunReport } | { readonly hint: string };

/** Reads the report of a run that has ended. Never throws for a store that cannot be reached. */
export async function readReport(
  { name, arn }: ListedRun,
  options: RunStoreOptions & StatesOptions,
): Promise<FoundReport> {
  const key = objectKeys.report(name);
  const store = await openStore(arn, options);
  if (store === undefined) {
    const place = '--stack STACK, --bucket BUCKET or, for a local pipeline, --home DIR';
    return { hint: `its numbers are in ${key} of the pipeline's bucket; pipeline status prints them with ${place}` };
  }
  const place = store.location(key);
  try {
    const report = await readIfStored<RunReport>(store, key);
    if (report !== undefined) return { report };
    return { hint: `there is no report at ${place}; check --stack, --bucket or --home, or try again in a minute` };
  } catch (error) {
    if (!isOutsideError(error)) throw error;
    return { hint: `its numbers are in ${place}, which cannot be read: ${messageOf(error)}` };
  }
}

/** A served pipeline tells its home. Its runs are never in a bucket, even if the environment names one. */
async function openStore(arn: string, options: RunStoreOptions & StatesOptions): Promise<ObjectStore | undefined> {
  const { endpointUrl } = options;
  const { isLoopback } = await import('./states-client');
  const isServed = endpointUrl !== undefined && isLoopback(endpointUrl);
  const home = options.home ?? (isServed ? await servedHome(endpointUrl) : undefined);
  if (home !== undefined) return storeOfHome(home);
  const bucket = await bucketOf(options);
  return bucket === undefined ? undefined : storeOfBucket(bucket, arn.split(':')[3]);
}
