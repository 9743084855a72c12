/** Settings of the commit function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const COMMIT_ENV = ['settings', 'bucket', 'gitSecret'] as const satisfies readonly LambdaEnvName[];
