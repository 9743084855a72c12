/** Settings of the webhook function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const WEBHOOK_ENV = [
  'settings',
  'webhookSecret',
  'stateMachine',
  'previewFunction',
] as const satisfies readonly LambdaEnvName[];
