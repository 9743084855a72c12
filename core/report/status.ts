/** The status of a run in one line, as a git host shows it at the run's commit. */
import { ERROR_NAMES } from '../contract/errors';
import type { PlanResult } from '../contract/plan';
import type { RunReport } from '../contract/report';
import type { CommitStatus } from '../ports/git';
import { clipLine } from '../text/escape';
import { present } from '../text/present';
import { executionLink, runTitle } from './run-text';

/** GitHub's limit. */
const LONGEST_DESCRIPTION = 140;

/** Errors that the commit itself can cause. Every other error is the pipeline's. */
const FAULTS_OF_THE_COMMIT: readonly string[] = [
  ERROR_NAMES.buildsFailed,
  ERROR_NAMES.invalidCatalog,
  ERROR_NAMES.invalidInput,
  ERROR_NAMES.valuesFile,
  ERROR_NAMES.findings,
];

/** Returns the status of a run that was just planned, or undefined if it will write nothing: then only its end has a status. */
export function plannedStatus(plan: PlanResult, execution: string | undefined): CommitStatus | undefined {
  if (!plan.proceed) return undefined;
  const { build, retag, keep } = plan.totals;
  const title = runTitle({ ...plan, version: plan.platformVersion });
  const text = `${title}: building ${build}, retagging ${retag}, keeping ${keep}`;
  const description = clipLine(text, LONGEST_DESCRIPTION);
  return { commit: plan.commit, run: plan.run, state: 'pending', description, ...linkTo(execution) };
}

/**
 * Returns the status of a run that ended, or undefined for a dry run and for a run that failed before its commit was known. `summary` is
 * Markdown.
 */
export function finalStatus(
  report: RunReport,
  execution: string | undefined,
  summary: string,
): CommitStatus | undefined {
  const { run, source: commit, dryRun } = report;
  if (commit === undefined || dryRun === true) return undefined;
  return {
    commit,
    run,
    state: stateOf(report),
    description: clipLine(describe(report), LONGEST_DESCRIPTION),
    ...linkTo(execution, report.page),
    summary,
  };
}

function stateOf({ status, error }: RunReport): CommitStatus['state'] {
  if (status !== 'FAILED') return 'success';
  return FAULTS_OF_THE_COMMIT.includes(error?.name ?? '') ? 'failure' : 'error';
}

function describe(report: RunReport): string {
  const { status, note, failed, seconds, error } = report;
  const result = `${runTitle(report)}: ${report.result}`;
  if (status !== 'FAILED' && note !== undefined) return result;
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
  if (status !== 'FAILED') return `${result} in ${time}`;
  const names = failed.map(({ service }) => service).join(', ');
  const reason = names === '' ? `${error?.name ?? 'failed'}: ${error?.message ?? 'no reason is known'}` : names;
  return `${result} in ${time}: ${reason}`;
}

/** The page of a run that ended lasts longer than its execution. A page on one machine has no address. */
function linkTo(execution: string | undefined, page = ''): { readonly url?: string } {
  const known = execution === undefined ? undefined : executionLink(execution);
  return present({ url: page.startsWith('https://') ? page : known });
}
