/** Settings of the approval function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const APPROVAL_ENV = ['bucket'] as const satisfies readonly LambdaEnvName[];
