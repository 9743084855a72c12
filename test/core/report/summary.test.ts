/** The summary of a run for people: what became of it, what failed and where its logs are, what each service got. */
import type { BuildOutcome } from '../../../core/contract/job';
import { printSummary } from '../../../core/report/summary';
import { COMMIT, plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const LINK =
  'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/arn:run-1';
const LOG = 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home#logsV2:log-groups/group/x/log-events/y';

const failedReport = (failed: readonly BuildOutcome[], message = `${failed.length} of 3 builds failed`) =>
  reportOf({ status: 'FAILED', failed, commit: null, error: { name: 'BuildsFailed', message } });

describe('the summary of a run', () => {
  test('has result, numbers, time, cost, and a link to the run', () => {
    expect(printSummary(reportOf(), undefined, LINK).split('\n')).toEqual([
      '# release v1.4.0 succeeded',
      '',
      `- run: [run-1](<${LINK}>)`,
      '- environment: default',
      '- version: v1.4.0',
      `- branch: main at ${COMMIT}`,
      '- built 3, retagged 70, kept 9, failed 0, not done 0',
      `- commit of the values file: ${'e'.repeat(40)}`,
      '- time: 12.1 min; build time by the catalog: 24 min, $0.24',
      '',
    ]);
  });

  test('names the run if it has no page', () => {
    expect(printSummary(reportOf({ seconds: 61.25 }), undefined)).toMatch(/^- run: run-1\n[\s\S]*^- time: 61\.3 s;/m);
  });

  test('has a row for each failed job: service, end, cause, log', () => {
    const failed: readonly BuildOutcome[] = [
      { service: 'auth', status: 'FAILED', cause: 'BUILD: exit status 1', logs: LOG },
      { service: 'restapi', status: 'TIMED_OUT', logs: '/home/logs/restapi.log' },
      { service: 'ui', status: 'STOPPED' },
    ];

    const summary = printSummary(failedReport(failed), undefined);

    const rows = summary.slice(summary.indexOf('## Failed')).split('\n').slice(2);
    expect(rows).toEqual([
      '| job | end | cause | log |',
      '|---|---|---|---|',
      `| auth | FAILED | BUILD: exit status 1 | [log](<${LOG}>) |`,
      '| restapi | TIMED\\_OUT |  | /home/logs/restapi.log |',
      '| ui | STOPPED |  |  |',
      '',
    ]);
  });

  test('does not repeat failed jobs, but has an error that belongs to no job', () => {
    const message = '1 of 3 builds failed; no version was given:\n  auth: FAILED\n    log: x';
    const failed = printSummary(failedReport([{ service: 'auth', status: 'FAILED' }], message), undefined);
    const invalid = printSummary(
      reportOf({ status: 'FAILED', error: { name: 'InvalidCatalog', message: 'two problems\n  stages: is missing' } }),
      undefined,
    );

    expect(failed).toContain('```\nBuildsFailed: 1 of 3 builds failed; no version was given\n```\n');
    expect(failed).not.toContain('log: x');
    expect(invalid).toContain('```\nInvalidCatalog: two problems\n  stages: is missing\n```\n');
    expect(invalid).not.toContain('## Failed');
  });

  test('stays intact if an error contains a code block', () => {
    const message = 'before\n```\n# not a title';

    expect(printSummary(reportOf({ status: 'FAILED', error: { name: 'ValuesFile', message } }), undefined)).toContain(
      `\`\`\`\`\nValuesFile: ${message}\n\`\`\`\`\n`,
    );
  });

  test('lists a hundred failures with limited causes, and the number of the others', () => {
    const failed = Array.from({ length: 120 }, (_, index) => ({
      service: `service-${index}`,
      status: 'FAILED' as const,
      cause: 'x'.repeat(5000),
    }));

    const summary = printSummary(failedReport(failed), undefined);

    expect(summary.match(/^\| service-/gm)).toHaveLength(100);
    expect(summary).toContain('\nand 20 more, which the report has\n');
    expect(Math.max(...summary.split('\n').map((line) => line.length))).toBeLessThan(400);
  });

  test('has the services after the failures, each with its plan, its result and three reasons', () => {
    const reasons = ['one', 'two', 'three', 'four'].map((text) => ({ kind: 'input-changed' as const, text }));
    const plan = planOf([plannedService('auth', 'build', { reasons }), plannedService('restapi', 'retag')]);
    const services = [
      { name: 'auth', stage: 'apps', action: 'build', end: 'failed' },
      { name: 'restapi', stage: 'apps', action: 'retag', end: 'notDone' },
    ] as const;
    const failed = [{ service: 'auth', status: 'FAILED' }] as const;

    const summary = printSummary(reportOf({ status: 'FAILED', failed, services }), plan);

    expect(summary.indexOf('## Services')).toBeGreaterThan(summary.indexOf('## Failed'));
    expect(summary).toContain('| auth | build | failed |  | one; two; three; and 1 more |');
    expect(summary).toContain('| restapi | retag | not done |  | restapi/main.py was changed |');
  });

  test('says where to, who started it and who approved it', () => {
    const report = reportOf({ environment: 'production', startedBy: 'alice', approval: { by: 'bob', comment: 'a|b' } });
    const lines = printSummary(report, undefined).split('\n');
    expect(lines[0]).toBe('# release v1.4.0 to production by alice succeeded');
    expect(lines).toContain('- environment: production');
    expect(lines).toContain('- started by: alice');
    expect(lines).toContain('- approved by bob: a\\|b');
  });

  test('shows what changed first, with old and new versions, and folds what was kept', () => {
    const plan = planOf([
      plannedService('a', 'keep', { previousVersion: 'v1.2.0' }),
      plannedService('b', 'retag', { previousVersion: 'v1.3.0' }),
      plannedService('c', 'build'),
      plannedService('d', 'build', { previousVersion: 'v1.3.0' }),
    ]);
    const stage = 'apps';
    const services = [
      { name: 'a', stage, action: 'keep', end: 'kept', previousVersion: 'v1.2.0' },
      { name: 'b', stage, action: 'retag', end: 'retagged', previousVersion: 'v1.3.0', version: 'v1.4.0' },
      { name: 'c', stage, action: 'build', end: 'built', version: 'v1.4.0' },
      { name: 'd', stage, action: 'build', end: 'failed', previousVersion: 'v1.3.0' },
    ] as const;
    const summary = printSummary(reportOf({ services }), plan);
    const rows = [...summary.matchAll(/^\| (\w) \| \w+ \| (\w*) \| ([^|]*) \|/gm)].map(([, ...cells]) => cells);
    expect(rows).toEqual([
      ['d', 'failed', 'v1.3.0'],
      ['c', 'built', 'v1.4.0'],
      ['b', 'retagged', 'v1.3.0 → v1.4.0'],
      ['a', 'kept', 'v1.2.0'],
    ]);
    expect(summary).toMatch(/\n<details><summary>1 kept<\/summary>\n\n\|[\s\S]*\| a \|[^\n]*\n\n<\/details>\n$/);
  });

  test('names services whose manifests were not kept, and those that were not committed', () => {
    const summary = printSummary(reportOf({ notKept: ['auth'], superseded: ['restapi'] }), undefined);

    expect(summary).toContain('- manifests not kept, so that the release has to pull them: auth\n');
    expect(summary).toContain('- not committed: restapi\n');
  });
});
