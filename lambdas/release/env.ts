/** Settings of the release function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const RELEASE_ENV = ['settings', 'bucket', 'claimsTable'] as const satisfies readonly LambdaEnvName[];
