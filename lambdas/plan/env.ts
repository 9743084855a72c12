/** Settings of the plan function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const PLAN_ENV = [
  'settings',
  'bucket',
  'stages',
  'jobs',
  'gitSecret',
] as const satisfies readonly LambdaEnvName[];
