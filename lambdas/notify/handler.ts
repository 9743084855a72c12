/** The AWS Lambda handler of the notify step. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSEvent } from 'aws-lambda';
import { createSecretReader } from '../../adapters/aws/secrets';
import { createChatPoster } from '../../adapters/chat/chat-poster';
import { systemClock } from '../../adapters/clock';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { notifyStep } from './notify';

const { env, settings, store } = openStep('notify');
const addresses = createSecretReader(new SecretsManagerClient({}), env.chatSecret, systemClock);
const dependencies = {
  store,
  chats: settings.notices.chats,
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
