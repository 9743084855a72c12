/** What most functions begin with: their variables, the settings in them, and the object store. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { ObjectStore } from '../../core/ports/store';
import { parseSettings } from '../../core/settings/parse-settings';
import type { Settings } from '../../core/settings/schema';
import { readEnv, STEP_ENV } from './environment';

type Step = Exclude<keyof typeof STEP_ENV, 'fail-fast' | 'outcome' | 'publish' | 'repository-events' | 'webhook'>;

interface OpenStep<Name extends string> {
  readonly env: Readonly<Record<Name, string>>;
  readonly settings: Settings;
  readonly store: ObjectStore;
}

/** Reads the environment of a step. Throws for variables that are not set, and for settings that cannot be used. */
export function openStep<Name extends Step>(step: Name): OpenStep<(typeof STEP_ENV)[Name][number]> {
  const env = readEnv(process.env, STEP_ENV[step]);
  const { settings, bucket } = env;
  return { env, settings: parseSettings(JSON.parse(settings)), store: createS3ObjectStore(new S3Client({}), bucket) };
}
