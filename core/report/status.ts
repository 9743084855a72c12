/** How a run stands, in one line at its commit: what a git host shows beside it. */
import { ERROR_NAMES } from '../contract/errors';
import { isModuleOutcome } from '../contract/job';
import type { PlanResult, Totals } from '../contract/plan';
import type { RunReport } from '../contract/report';
import type { CommitStatus } from '../ports/git';

/** GitHub takes no longer description. */
const LONGEST_DESCRIPTION = 140;

/** Errors that the commit itself can be the reason of; every other one is the pipeline's. */
const FAULTS_OF_THE_COMMIT: readonly string[] = [
  ERROR_NAMES.buildsFailed,
  ERROR_NAMES.invalidCatalog,
  ERROR_NAMES.invalidInput,
  ERROR_NAMES.valuesFile,
];

/** The status from the plan on; undefined if the run will write nothing, whose end says all there is to say. */
export function plannedStatus(plan: PlanResult, execution: string | undefined): CommitStatus | undefined {
  if (!plan.proceed) return undefined;
  const { build, retag, keep } = plan.totals;
  const description = `building ${build}, retagging ${retag}, keeping ${keep}`;
  return { commit: plan.commit, run: plan.run, state: 'pending', description, ...linkTo(execution) };
}

/** What the last status is made of. `state` is the state machine's data, whatever is in it. */
interface RunEnd {
  readonly report: RunReport;
  readonly state: unknown;
  readonly execution: string | undefined;
  /** Markdown of the report. */
  readonly summary: string;
}

/** The status of a run that has ended; undefined for a dry run, and for one that failed before its commit was known. */
export function finalStatus({ report, state, execution, summary }: RunEnd): CommitStatus | undefined {
  const asked = askedOf(state);
  const commit = report.source ?? asked.commit;
  if (commit === undefined || asked.dryRun || report.status === 'PLANNED') return undefined;
  const { run } = report;
  return { commit, run, state: stateOf(report), description: clip(describe(report)), ...linkTo(execution), summary };
}

function stateOf({ status, error }: RunReport): CommitStatus['state'] {
  if (status !== 'FAILED') return 'success';
  return FAULTS_OF_THE_COMMIT.includes(error?.name ?? '') ? 'failure' : 'error';
}

function describe({ status, failed, totals, packages = [], seconds, error, note }: RunReport): string {
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
  if (status !== 'FAILED' && note !== undefined) return note;
  if (status !== 'FAILED') return `${describeTotals(totals)} in ${time}`;
  if (failed.length === 0) return `${error?.name ?? 'failed'}: ${error?.message ?? 'no reason is known'}`;
  const names = failed.map(({ service }) => service).join(', ');
  const published = packages.filter(({ isNew }) => isNew).length;
  const jobs = totals.build + published + failed.filter(({ service }) => isModuleOutcome(service)).length;
  return `${failed.length} of ${jobs} builds failed in ${time}: ${names}`;
}

function describeTotals({ build, retag, keep }: Totals): string {
  const parts = [`built ${build}`, `retagged ${retag}`, `kept ${keep}`];
  return build + retag === 0 ? `nothing to build: kept ${keep}` : parts.join(', ');
}

function linkTo(execution: string | undefined): { readonly url?: string } {
  const url = execution === undefined ? undefined : executionLink(execution);
  return url === undefined ? {} : { url };
}

/** One line, as long as it may be. */
function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION - 3)}...`;
}

/** What a run was asked that failed before it had a plan: its input lies in the state, unchecked. */
function askedOf(state: unknown): { readonly commit?: string; readonly dryRun: boolean } {
  const { input, dryRun } = recordOf(state);
  const { commit, dryRun: asked } = recordOf(input);
  const isCommit = typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit);
  return { ...(isCommit ? { commit } : {}), dryRun: dryRun === true || asked === true };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

// Where a person looks at a run, and at what it left.

/** Hosts of the console by partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the Step Functions console, by its ARN; undefined for one that does not run in AWS. */
export function executionLink(arn: string): string | undefined {
  const found = consoleOf(arn);
  return found && `${found.origin}/states/home?region=${found.region}#/v2/executions/details/${arn}`;
}

/** The page of an object in the S3 console, as `bucket/key`, in the region of the execution; undefined as above. */
export function objectLink(arn: string, location: string): string | undefined {
  const found = consoleOf(arn);
  const [bucket = '', ...key] = location.split('/');
  const query = `region=${found?.region}&prefix=${encodeURIComponent(key.join('/'))}`;
  return found && `${found.origin}/s3/object/${bucket}?${query}`;
}

function consoleOf(arn: string): { readonly origin: string; readonly region: string } | undefined {
  const [, partition = '', region = ''] =
    /^arn:([\w-]+):states:([\w-]+):\d{12}:execution:[\w-]+:[\w-]+$/.exec(arn) ?? [];
  const console = CONSOLES[partition];
  return console === undefined ? undefined : { origin: `https://${region}.${console}`, region };
}
