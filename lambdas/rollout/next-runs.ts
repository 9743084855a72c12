/** The runs that a run starts: its own rollback, and the promotion to the next environment. Each has a name that is the same every time. */
import { createHash } from 'node:crypto';
import type { RolloutRecord } from '../../core/contract/rollout';
import type { PromoteInput, RollbackInput } from '../../core/contract/run-input';
import type { Verdict } from '../../core/rollout/judge-environment';
import { environmentNamed } from '../../core/settings/environment';
import { promotionBranch } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';

/** Returns the rollback. A redriven run that fails again is rolled back again, so the number of redrives is part of the name. */
export function rollbackRun(
  { run, redrives, startedBy }: RolloutRecord,
  failure: Extract<Verdict, { why: string }> | undefined,
): { readonly name: string; readonly input: RollbackInput } {
  const reason = (failure?.why ?? 'failed').replace(/\p{Cc}+/gu, ' ').slice(0, 300);
  return { name: runName(`rollback-${redrives}`, run), input: { action: 'rollback', run, reason, ...by(startedBy) } };
}

/** Returns the promotion of exactly what the run left. Starting it twice has one effect. */
export function promotionRun(
  { run, report, startedBy }: RolloutRecord,
  settings: Settings,
): { readonly name: string; readonly input: PromoteInput } {
  const { then = '' } = environmentNamed(settings, report.environment);
  const ref = promotionBranch(settings, then);
  const input = {
    action: 'promote',
    run,
    environment: then,
    ...(ref === undefined ? {} : { ref }),
    ...by(startedBy),
  } as const;
  return { name: runName(`to-${then}`, run), input };
}

function by(startedBy: string | undefined): { readonly startedBy?: string } {
  return startedBy === undefined ? {} : { startedBy };
}

/** Step Functions allows 80 characters. */
const LONGEST_NAME = 80;

function runName(prefix: string, run: string): string {
  const name = `${prefix}-${run}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}
