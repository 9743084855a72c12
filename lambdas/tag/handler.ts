/** The AWS Lambda handler of the tag step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { TagRequest, TagResult } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRepositories } from '../shared/deployed';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { tagStep } from './tag';

const env = readEnv(process.env, STEP_ENV.tag);
const settings = parseSettings(JSON.parse(env.settings));
const { source, values } = deployedRepositories(settings, process.env, { git: 'writer', valuesGit: 'reader' });
const dependencies = {
  settings,
  git: source.git,
  tags: source.tags,
  valuesGit: values.git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
};

/** Tags the release. */
export function handler(request: TagRequest): Promise<TagResult> {
  return logged(
    { step: 'tag', run: request.run },
    () => tagStep(request, dependencies),
    ({ tag }) => ({ tag: tag?.name }),
  );
}
