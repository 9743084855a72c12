/** Everything that the page of a run shows, from the records of the run. */
import type { SecondsRange } from '../contract/estimate';
import { type BuildOutcome, moduleOutcomeName } from '../contract/job';
import type { Plan, Reason } from '../contract/plan';
import type { ReportedPackage, RunReport, ServiceEnd } from '../contract/report';
import { errorText } from '../report/run-text';
import { present } from '../text/present';
import { type RunHeader, type RunRecords, runHeader } from './run-header';
import { layOutTimeline, type TimelineChart } from './timeline';
import { byName } from './words';

/** Facts of a run's page that are in no record. Times are in ms since 1970. */
export interface RunSurroundings {
  readonly now: number;
  /** When the timeline was last written. */
  readonly changedAt?: number;
  /** The versions before the run, by service, if they are known. */
  readonly versionsBefore?: ReadonlyMap<string, string>;
  /** The last lines of the logs of failed jobs. */
  readonly logs?: ReadonlyMap<string, string>;
  /** The author of the source commit. */
  readonly person?: string;
  readonly links?: RunLinks;
}

/** Addresses outside of the page. */
export interface RunLinks {
  readonly execution?: string;
  readonly source?: string;
  readonly commit?: string;
  readonly records?: string;
}

export interface RunView extends Pick<RunReport, 'rollout' | 'scan'> {
  readonly header: RunHeader;
  readonly person?: string;
  readonly links: RunLinks;
  /** The commit of the values file. */
  readonly commit?: string;
  /** The last moment to approve, in ms since 1970. Set if the run waits. */
  readonly waitsUntil?: number;
  readonly answer?: string;
  readonly error?: string;
  readonly failed: readonly FailedJob[];
  readonly chart?: TimelineChart;
  /** Services that the run changes, failed ones first. */
  readonly services: readonly ServiceRow[];
  readonly kept: readonly string[];
  readonly packages: readonly ReportedPackage[];
  readonly superseded: readonly string[];
  /** Build minutes by the catalog for what the plan wants to build, and the range from the first start to the last end. */
  readonly planned: { readonly minutes: number; readonly builds: number; readonly range?: SecondsRange };
  /** Seconds from the first start to the last end, if all jobs succeeded. */
  readonly realSeconds?: number;
  /** Minutes that the builds took together, if their times are known. */
  readonly realMinutes?: number;
  /** Advice about what to change soon. */
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

/** The outcome of a failed job, with the last lines of its log if they are known. */
export interface FailedJob extends BuildOutcome {
  readonly log?: string | undefined;
}

export interface ServiceRow {
  readonly name: string;
  readonly stage: string;
  /** `toBuild` and `toRetag` in a run that only plans. */
  readonly end: ServiceEnd | 'building' | 'waiting' | 'toBuild' | 'toRetag';
  readonly before?: string;
  readonly version?: string;
  readonly digest?: string;
  /** Minutes by the catalog. 0 if nothing is built. */
  readonly minutes: number;
  /** The estimate of its job. Absent if nothing is built, or in plans of older versions. */
  readonly range?: SecondsRange;
  readonly seconds?: number;
  readonly reasons: readonly Reason[];
}

/** Returns the view. */
export function runView(records: RunRecords, surroundings: RunSurroundings): RunView {
  const { plan, report, approval, answer, timeline, problems } = records;
  const { now, changedAt = 0, logs, person, links = {} } = surroundings;
  const header = runHeader(records, now, changedAt);
  const rows = plan === undefined ? [] : serviceRows(plan, records, surroundings);
  const stages = new Map(plan?.services.map(({ name, stage }) => [name, stage]));
  for (const { name, stage } of plan?.modules ?? []) stages.set(moduleOutcomeName(name), `modules ${stage}`);
  const ended = timeline?.jobs.filter(({ startedAt, endedAt }) => startedAt !== undefined && endedAt !== undefined);
  const realMs = ended?.reduce((sum, { startedAt = 0, endedAt = 0 }) => sum + endedAt - startedAt, 0);
  const error = report === undefined ? executionError(records) : errorText(report);
  const builds = plan?.services.filter(({ action }) => action === 'build') ?? [];
  // Nothing of a run that died goes on.
  const end = header.state === 'running' || header.state === 'waiting' ? now : (lastMoment(records) ?? now);
  const chart = timeline && layOutTimeline(timeline, end, (job) => stages.get(job));
  return {
    header,
    ...present({ person, error, chart, rollout: report?.rollout, scan: report?.scan }),
    links,
    ...(report?.commit ? { commit: report.commit } : {}),
    ...(header.state === 'waiting' && approval !== undefined ? { waitsUntil: Date.parse(approval.until) } : {}),
    ...answerOf(report, answer),
    failed: (report?.failed ?? []).map((outcome) => ({ ...outcome, log: logs?.get(outcome.service) })),
    services: rows.filter((row) => row.end !== 'kept').toSorted(byImportance),
    kept: rows.filter((row) => row.end === 'kept').map(({ name }) => name),
    packages: report?.packages ?? [],
    superseded: report?.superseded ?? [],
    planned: {
      minutes: builds.reduce((sum, { minutes }) => sum + minutes, 0),
      builds: builds.length,
      ...present({ range: plan?.estimate }),
    },
    ...present({ realSeconds: report?.timing?.real, realMinutes: realMs && realMs / 60_000 }),
    warnings: report?.warnings ?? plan?.warnings ?? [],
    problems: [...problems, ...missingText(records)],
  };
}

function missingText({ plan, report, execution }: RunRecords): readonly string[] {
  const isOver = execution !== undefined && execution.status !== 'RUNNING';
  return [
    ...(plan === undefined && (report !== undefined || isOver)
      ? ['The run has no plan: it failed before it had one, or its plan is not stored any more.']
      : []),
    ...(report === undefined && isOver ? ['The run ended without a report.'] : []),
  ];
}

function executionError({ execution }: RunRecords): string | undefined {
  if (execution?.error === undefined) return undefined;
  return `${execution.error}: ${execution.cause ?? 'no cause is recorded'}`;
}

function answerOf(report: RunReport | undefined, answer: RunRecords['answer']): { readonly answer?: string } {
  const { by, comment } = report?.approval ?? answer ?? {};
  if (report?.approval === undefined && answer === undefined) return {};
  const isYes = report?.approval !== undefined || answer?.approved === true;
  const words = [isYes ? 'approved' : 'rejected', ...(by === undefined ? [] : [`by ${by}`])].join(' ');
  const why = comment ?? answer?.reason;
  return { answer: why === undefined ? words : `${words}: ${why}` };
}

function lastMoment({ timeline }: RunRecords): number | undefined {
  if (timeline === undefined) return undefined;
  const jobs = timeline.jobs.map(({ endedAt, startedAt, queuedAt }) => endedAt ?? startedAt ?? queuedAt);
  const steps = timeline.steps.map(({ endedAt, startedAt }) => endedAt ?? startedAt);
  return timeline.endedAt ?? Math.max(timeline.startedAt, ...jobs, ...steps);
}

function serviceRows(
  plan: Plan,
  { report, release, timeline }: RunRecords,
  { versionsBefore }: RunSurroundings,
): readonly ServiceRow[] {
  const ends = new Map(report?.services?.map(({ name, end }) => [name, end]));
  const released = new Map(release?.services.map((service) => [service.name, service]));
  const jobs = new Map(timeline?.jobs.map((job) => [job.name, job]));
  const ranges = new Map(plan.estimate?.jobs.map((job) => [job.name, job]));
  return plan.services.map(({ name, stage, action, minutes, reasons, version, previousVersion }): ServiceRow => {
    const job = jobs.get(name);
    const given = released.get(name);
    const asked = version.kind === 'exact' ? version.version : undefined;
    const before = previousVersion ?? versionsBefore?.get(name);
    const running = action === 'keep' ? 'kept' : runningEnd(action === 'build', job);
    const planned = plan.dryRun && action !== 'keep' ? PLANNED_ENDS[action] : undefined;
    const seconds =
      job?.startedAt !== undefined && job.endedAt !== undefined ? (job.endedAt - job.startedAt) / 1000 : undefined;
    return {
      name,
      stage,
      end: planned ?? ends.get(name) ?? running,
      ...present({ before, version: given?.version ?? asked, digest: given?.digest, range: ranges.get(name), seconds }),
      minutes: action === 'build' ? minutes : 0,
      reasons,
    };
  });
}

const PLANNED_ENDS = { build: 'toBuild', retag: 'toRetag' } as const;

function runningEnd(
  isBuilt: boolean,
  job: { readonly startedAt?: number; readonly endedAt?: number; readonly isFailed?: boolean } | undefined,
): ServiceRow['end'] {
  if (!isBuilt || job === undefined) return 'waiting';
  if (job.endedAt !== undefined) return job.isFailed === true ? 'failed' : 'built';
  return job.startedAt === undefined ? 'waiting' : 'building';
}

const IMPORTANCE: readonly ServiceRow['end'][] = [
  'failed',
  'building',
  'notDone',
  'built',
  'toBuild',
  'waiting',
  'toRetag',
  'retagged',
  'kept',
];

function byImportance(a: ServiceRow, b: ServiceRow): number {
  return IMPORTANCE.indexOf(a.end) - IMPORTANCE.indexOf(b.end) || byName(a.name, b.name);
}
