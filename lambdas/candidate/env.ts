/** Settings of the candidate function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const CANDIDATE_ENV = ['settings', 'bucket'] as const satisfies readonly LambdaEnvName[];
