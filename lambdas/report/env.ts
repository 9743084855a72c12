/** Settings of the report function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const REPORT_ENV = ['settings', 'bucket', 'gitSecret'] as const satisfies readonly LambdaEnvName[];
