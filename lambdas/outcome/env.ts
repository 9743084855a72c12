/** Settings of the outcome function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const OUTCOME_ENV = ['bucket'] as const satisfies readonly LambdaEnvName[];
