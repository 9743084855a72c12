/** Settings of the plan function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const PLAN_ENV = ['settings', 'bucket', 'stages', 'gitSecret'] as const satisfies readonly LambdaEnvName[];
