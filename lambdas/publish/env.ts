/** Settings of the publish function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const PUBLISH_ENV = ['bucket', 'packageIndex'] as const satisfies readonly LambdaEnvName[];
