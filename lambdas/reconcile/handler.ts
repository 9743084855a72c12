/** Door of the reconcile step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionLister, createExecutionStarter } from '../../adapters/aws/executions';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import { parseSettings } from '../../core/settings';
import { deployedGit } from '../deployed';
import { readEnv } from '../env';
import { RECONCILE_ENV } from './env';
import { type ReconcileResult, reconcileStep } from './reconcile';

const env = readEnv(process.env, RECONCILE_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const client = new SFNClient({});
const dependencies = {
  settings,
  git: deployedGit(settings, env.gitSecret).git,
  executions: {
    ...createExecutionStarter(client, env.stateMachine),
    ...createExecutionLister(client, env.stateMachine),
  },
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
};

/** Starts what is missing, and logs one line if something was. */
export async function handler(): Promise<ReconcileResult> {
  const result = await reconcileStep(dependencies);
  if (result.started.length > 0) console.log(JSON.stringify({ message: 'lost pushes found', ...result }));
  return result;
}
