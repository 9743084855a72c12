/** The commit step as a Lambda function. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { CommitRequest, CommitResult } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedGit } from '../shared/deployed';
import { COMMIT_ENV, readEnv } from '../shared/environment';
import { logged } from '../shared/log';
import { commitStep } from './commit';

const env = readEnv(process.env, COMMIT_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  git: deployedGit(settings, env.gitSecret, 'writer').git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  random: Math.random,
};

/** Updates the values file in one commit. */
export function handler(request: CommitRequest): Promise<CommitResult> {
  return logged(
    { step: 'commit', run: request.run },
    () => commitStep(request, dependencies),
    (result) => ({ ...result }),
  );
}
