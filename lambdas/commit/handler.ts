/** The commit step as a Lambda function. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { CommitRequest, CommitStep } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRepositories } from '../shared/deployed';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { commitOrPropose } from './commit';

const env = readEnv(process.env, STEP_ENV.commit);
const settings = parseSettings(JSON.parse(env.settings));
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'writer' });
const dependencies = {
  settings,
  git: source.git,
  valuesGit: values.git,
  pulls: values.pulls,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  random: Math.random,
};

/** Updates the values file in one commit, or opens a pull request for it and looks at that. */
export function handler(request: CommitRequest): Promise<CommitStep> {
  return logged(
    { step: 'commit', run: request.run },
    () => commitOrPropose(request, dependencies),
    (result) => ({ ...result }),
  );
}
