/** The function that EventBridge calls for each event of the CodeCommit repository. Nothing else may call it. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionStarter, createPreviewStarter } from '../../adapters/aws/executions';
import { parseSettings } from '../../core/settings/parse-settings';
import { readCodeCommitEvent } from '../../core/webhook/codecommit';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { requireReceived, type WebhookReply } from '../webhook/delivery';
import { receiveEvent } from '../webhook/receive';

const env = readEnv(process.env, STEP_ENV['repository-events']);
const dependencies = {
  settings: parseSettings(JSON.parse(env.settings)),
  executions: createExecutionStarter(new SFNClient({}), env.stateMachine),
  previews: createPreviewStarter(new LambdaClient({}), env.previewFunction),
};

/** Starts the run of a push. Throws if that failed, so that Lambda calls it again. */
export function handler(event: unknown): Promise<WebhookReply> {
  const answer = async () =>
    requireReceived(await receiveEvent(readCodeCommitEvent(event, env.committer), dependencies));
  return logged({ step: 'repository-events' }, answer, ({ log, ...told }) => ({ ...told, ...log }));
}
