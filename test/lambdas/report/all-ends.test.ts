/** Every medium tells the same numbers of a run, whatever its end: what happened, not what was planned. */

import { runsTable, runTable } from '../../../cli/output/print';
import { endedRunText, reportText } from '../../../cli/output/viewed-run';
import { objectKeys } from '../../../core/contract/keys';
import type { ReportRequest, RunCounts, RunReport } from '../../../core/contract/report';
import type { CommitStatus } from '../../../core/ports/git';
import { runMetrics } from '../../../core/report/metrics';
import { noticeMessage, slackMessage, teamsMessage } from '../../../core/report/notice';
import { endStep } from '../../../lambdas/end/end';
import { reportStep, unreported } from '../../../lambdas/report/report';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { ENDS, type End } from './ends';

const START = Date.parse('2026-05-04T10:00:00Z');
const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:Pipeline:run-1';

/** The contents of each medium after a run. */
interface Told {
  readonly stored: RunReport;
  readonly returned: RunReport;
  readonly texts: Readonly<Record<string, string>>;
}

async function tell({ plan, stored = {}, state = {}, event, redrives = 0 }: End): Promise<Told> {
  const store = createMemoryStore();
  const objects = plan === undefined ? stored : { ...stored, [objectKeys.plan('run-1')]: plan };
  for (const [key, value] of Object.entries(objects)) await store.put(key, JSON.stringify(value));
  const own: ReportRequest = {
    run: 'run-1',
    execution: ARN,
    startedAt: new Date(START).toISOString(),
    redrives,
    state,
  };
  const detail = { executionArn: ARN, name: 'run-1', startDate: START, redriveCount: redrives };
  const request = event === undefined ? own : await unreported({ detail: { ...detail, status: event } }, store);
  const statuses: CommitStatus[] = [];
  const returned = await reportStep(request ?? own, {
    store,
    clock: createStillClock(START + 30_000),
    statuses: { setStatus: async (status) => void statuses.push(status) },
    region: 'us-east-1',
  });
  const read = async (key: string) => (await store.get(key))?.toString('utf8') ?? '';
  const report = JSON.parse(await read(objectKeys.report('run-1'))) as RunReport;
  return {
    stored: report,
    returned,
    texts: {
      ...textsOf(report, statuses, await read(objectKeys.summary('run-1'))),
      'status command': statusCommand(event === undefined ? returned : report, event),
      ...(event !== undefined || returned.error === undefined ? {} : { 'error of the execution': lastError(returned) }),
    },
  };
}

function textsOf(report: RunReport, statuses: readonly CommitStatus[], summary: string) {
  const notice = noticeMessage({ kind: 'run', run: 'run-1', status: 'x', link: 'https://x' }, report);
  const [status] = statuses;
  return {
    summary,
    terminal: reportText(report),
    Slack: JSON.stringify(slackMessage(notice)),
    Teams: JSON.stringify(teamsMessage(notice)),
    // A dry run has no commit status.
    ...(status === undefined ? {} : { 'commit status': status.description, 'check run': status.summary ?? '' }),
  };
}

/** Prints the run as `pipeline status` does. Step Functions keeps no output of a run that was stopped or timed out. */
function statusCommand(report: RunReport, event: End['event']): string {
  const status = event ?? (report.error === undefined ? 'SUCCEEDED' : 'FAILED');
  return endedRunText({ name: 'run-1', arn: ARN, startedAt: START, stoppedAt: START + 1, status }, { report });
}

/** Returns the error of the run's last state, which Step Functions shows as that of the execution. */
function lastError({ error: cause, result }: RunReport): string {
  try {
    endStep({ error: { Error: cause?.name ?? '' }, failedIn: { redrives: 0, report: { result } }, redrives: 0 });
    return '';
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

describe.each(Object.entries(ENDS))('a run that ended: %s', (name, end) => {
  const [built, retagged, kept, failed, notDone] = end.counts;
  const counts: RunCounts = { built, retagged, kept, failed, notDone };
  const result =
    end.result ?? `built ${built}, retagged ${retagged}, kept ${kept}, failed ${failed}, not done ${notDone}`;
  let told: Told;
  beforeAll(async () => {
    told = await tell(end);
  });

  test('counts each service once', () => {
    expect(told.stored).toMatchObject({ counts, result, work: { built } });
    expect(told.returned).toMatchObject({ counts, result });
    expect(told.stored.services?.length ?? 0).toBe(end.plan?.services.length ?? 0);
  });

  test('has the same words everywhere', () => {
    for (const [medium, text] of Object.entries(told.texts)) {
      expect({ medium, text }).toEqual({ medium, text: expect.stringContaining(result) });
    }
    expect(Object.keys(told.texts).includes('commit status')).toBe(
      name !== 'dry run' && told.stored.source !== undefined,
    );
  });

  test('names its commit, or says that there is none, and what was not committed', () => {
    const commit = end.commit ?? 'none';
    expect(told.stored.commit).toBe(end.commit ?? null);
    expect(told.texts.terminal).toContain(`commit ${commit}`);
    expect(told.texts.summary).toContain(`commit of the values file: ${commit}`);
    expect(told.stored.superseded).toEqual(end.uncommitted ?? []);
    expect(/not committed: (.*)/.exec(told.texts.summary ?? '')?.[1]).toBe(end.uncommitted?.join(', '));
    expect(/not committed: (.*)/.exec(told.texts.terminal ?? '')?.[1]).toBe(end.uncommitted?.join(' '));
  });

  test('has the same numbers in the tables of the terminal, in the summary and in the metrics', () => {
    const planned = [end.plan?.totals.build, end.plan?.totals.retag, end.plan?.totals.keep];
    const columns =
      name === 'dry run' ? planned : end.plan === undefined || end.plan.services.length === 0 ? [] : end.counts;
    expect(sums(runTable(told.stored))).toEqual([...columns]);
    expect(numbers(runsTable([told.stored]).split('\n').at(-1) ?? '')).toEqual([...end.counts]);
    const rows = told.texts.summary?.match(/^\| \w+ \| (build|retag|keep) \| not done \|/gm) ?? [];
    expect(rows).toHaveLength(notDone);
    const metrics = runMetrics(told.stored);
    if (name !== 'dry run') expect(metrics).toMatchObject({ Built: built, Retagged: retagged, Kept: kept });
    else expect(metrics).toBeUndefined();
  });
});

/** Adds up the columns of the table of one run. */
function sums(table: string): number[] {
  const rows = table.split('\n').slice(2).map(numbers);
  return rows.reduce<number[]>((sum, row) => row.map((value, index) => value + (sum[index] ?? 0)), []);
}

/** Returns the numbers that stand alone in a line. */
function numbers(line: string): number[] {
  return line.split(/ {2,}/).flatMap((cell) => (/^\d+$/.test(cell) ? [Number(cell)] : []));
}
