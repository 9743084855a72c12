/** Settings of the permit function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const PERMIT_ENV = ['bucket'] as const satisfies readonly LambdaEnvName[];
