/** Settings of the notify function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const NOTIFY_ENV = ['settings', 'bucket', 'chatSecret'] as const satisfies readonly LambdaEnvName[];
