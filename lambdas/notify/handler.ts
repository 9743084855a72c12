/** The AWS Lambda handler of the notify step. */
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSEvent } from 'aws-lambda';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { createSecretReader } from '../../adapters/aws/secrets';
import { createChatPoster } from '../../adapters/chat/chat-poster';
import { systemClock } from '../../adapters/clock';
import { parseSettings } from '../../core/settings/parse-settings';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { notifyStep } from './notify';

const env = readEnv(process.env, STEP_ENV.notify);
const addresses = createSecretReader(new SecretsManagerClient({}), env.chatSecret, systemClock);
const dependencies = {
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  chats: parseSettings(JSON.parse(env.settings)).notices.chats,
  poster: createChatPoster({ addresses, clock: systemClock, random: Math.random, allowLoopback: false }),
};

/** Posts a notice. The topic sends one at a time. */
export async function handler({ Records }: SNSEvent): Promise<void> {
  for (const { Sns } of Records) {
    await logged(
      { step: 'notify' },
      () => notifyStep(Sns.Message, dependencies),
      (result) => ({ ...result }),
    );
  }
}
