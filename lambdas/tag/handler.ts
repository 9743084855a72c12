/** The AWS Lambda handler of the tag step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { TagRequest, TagResult } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedGit } from '../shared/deployed';
import { readEnv, TAG_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { tagStep } from './tag';

const env = readEnv(process.env, TAG_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const { git, tags } = deployedGit(settings, env.gitSecret, 'writer');
const dependencies = {
  settings,
  git,
  tags,
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
