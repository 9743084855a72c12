/** Settings of the reconcile function: what the construct must set, and nothing else. */
import type { LambdaEnvName } from '../env';

export const RECONCILE_ENV = [
  'settings',
  'bucket',
  'gitSecret',
  'stateMachine',
] as const satisfies readonly LambdaEnvName[];
