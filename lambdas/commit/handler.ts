/** Door of the commit step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { CommitRequest, CommitResult } from '../../core/contract';
import { parseSettings } from '../../core/settings';
import { deployedGit } from '../deployed';
import { readEnv } from '../env';
import { logged } from '../log';
import { commitStep } from './commit';
import { COMMIT_ENV } from './env';

const env = readEnv(process.env, COMMIT_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  git: deployedGit(settings, env.gitSecret, 'writer').git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  random: Math.random,
};

/** Moves the values file in one commit. */
export function handler(request: CommitRequest): Promise<CommitResult> {
  return logged(
    { step: 'commit', run: request.run },
    () => commitStep(request, dependencies),
    (result) => ({ ...result }),
  );
}
