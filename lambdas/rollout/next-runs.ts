/** The runs that a run starts: its own rollback, and the promotion to the next environment. Their names are stable, so none starts twice. */
import { createHash } from 'node:crypto';
import type { RolloutRecord } from '../../core/contract/rollout';
import type { PromoteInput, RollbackInput } from '../../core/contract/run-input';
import type { Verdict } from '../../core/rollout/judge-environment';
import { environmentNamed } from '../../core/settings/environment';
import { promotionBranch } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';

/** Returns the rollback of a run. Its name has the number of redrives: a redriven run that fails again is rolled back again. */
export function rollbackRun(
  { run, redrives, startedBy }: RolloutRecord,
  failure: Extract<Verdict, { why: string }> | undefined,
): { readonly name: string; readonly input: RollbackInput } {
  const reason = (failure?.why ?? 'failed').replace(/\p{Cc}+/gu, ' ').slice(0, 300);
  return { name: runName(`rollback-${redrives}`, run), input: { action: 'rollback', run, reason, startedBy } };
}

/** Returns the promotion of the versions that the run released. */
export function promotionRun(
  { run, report, startedBy }: RolloutRecord,
  settings: Settings,
): { readonly name: string; readonly input: PromoteInput } {
  const { then = '' } = environmentNamed(settings, report.environment);
  const ref = promotionBranch(settings, then);
  return { name: runName(`to-${then}`, run), input: { action: 'promote', run, environment: then, ref, startedBy } };
}

/** The limit of Step Functions, in characters. */
const LONGEST_NAME = 80;

function runName(prefix: string, run: string): string {
  const name = `${prefix}-${run}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}
