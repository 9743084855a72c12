/** Settings of the preview function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const PREVIEW_ENV = ['settings', 'bucket', 'stages', 'gitSecret'] as const satisfies readonly LambdaEnvName[];
