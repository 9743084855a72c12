import { runFile } from '../../../core/board/pages/run';
import { runView } from '../../../core/board/run-view';
import { type RecordName, readRunRecords } from '../../../core/board/stored-records';
import { COMMIT, plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const NOW = Date.parse('2026-11-29T10:00:00Z');

function fileOf(
  stored: Partial<Record<RecordName, unknown>>,
  more: Partial<Parameters<typeof runView>[1]> = {},
): string {
  const texts = Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  return runFile(runView(readRunRecords('run-1', texts), { now: NOW, ...more }), NOW);
}

const services = [
  { name: 'auth', stage: 'apps', action: 'build' as const, end: 'failed' as const },
  { name: 'etcd', stage: 'apps', action: 'keep' as const, end: 'kept' as const },
];
const failed = [
  { service: 'auth', status: 'FAILED' as const, cause: 'exit status 1', logs: 'https://logs.example/auth' },
];
const plan = planOf([plannedService('auth', 'build'), plannedService('etcd', 'keep')]);

describe('the page of a run', () => {
  test('shows how the run ended, what each service became, and why', () => {
    const page = fileOf(
      { plan, report: reportOf({ status: 'FAILED', services, failed }) },
      {
        logs: new Map([['auth', 'npm ERR! missing script']]),
      },
    );
    expect(page).toContain('release v1.4.0');
    expect(page).toContain('auth/main.py was changed');
    expect(page).toContain('npm ERR! missing script');
    expect(page).toContain('href="https://logs.example/auth"');
    expect(page).toContain('1 service kept as they are');
    expect(page).toContain(`title="${COMMIT}"`);
  });

  test('leads to the pull request of the commit, and shows the run without a damaged one', () => {
    const pull = { number: 41, url: 'https://git.example/team/monorepo/pull/41' };

    expect(fileOf({ plan, report: reportOf({ services, pull }) })).toMatch(
      /Pull request<\/dt>.*href="https:\/\/git\.example\/team\/monorepo\/pull\/41"[^>]*>41</,
    );
    const damaged = fileOf({ plan, report: reportOf({ services, pull: 'none' as never }) });
    expect(damaged).not.toContain('Pull request');
    expect(damaged).toContain('release v1.4.0');
  });

  test('leads to the pull request while the run waits for its merge', () => {
    const pull = { number: 42, url: 'https://git.example/team/monorepo/pull/42' };
    expect(fileOf({ plan, proposal: { schema: 1, branch: 'image-pipeline/run-1', pull } })).toMatch(
      /pull\/42"[^>]*>42</,
    );
    expect(fileOf({ plan, proposal: { schema: 1, branch: 'image-pipeline/run-1' } })).not.toContain('Pull request');
  });

  test('loads nothing and runs nothing', () => {
    const page = fileOf({ plan, report: reportOf({ services }) });
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|<img|url\(|@import|style="/);
  });

  test('shows names of the repository as text, whatever they contain', () => {
    const evil = '</style><script>alert(1)</script>"\u202e';
    const page = fileOf(
      {
        plan: planOf([
          plannedService(evil, 'build', { stage: evil, reasons: [{ kind: 'asked', path: evil, text: evil }] }),
        ]),
        report: reportOf({
          ref: evil,
          result: evil,
          error: { name: evil, message: evil },
          failed: [{ ...failed[0], service: evil, cause: evil, logs: `javascript:${evil}` }] as never,
        }),
      },
      { logs: new Map([[evil, evil]]), person: evil, links: { source: 'javascript:alert(1)' } },
    );
    expect(page).not.toMatch(/<script|\u202e|href="javascript/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  test('a run without a plan says so', () => {
    expect(fileOf({ report: reportOf({ status: 'FAILED' }) })).toContain('The run has no plan');
  });

  test.each(['plan', 'report', 'release', 'timeline', 'approval'] as const)(
    'a damaged %s is named, and the page is made of the rest',
    (name) => {
      for (const damage of ['{"services": [', '[]', 'null', '17']) {
        const page = fileOf({ plan, report: reportOf({ services }), [name]: damage });
        expect(page).toContain(`The record ${name}.json of this run is damaged`);
        expect(page).toContain('</html>');
      }
    },
  );

  test('records of older versions are shown as far as they go', () => {
    const page = fileOf({ plan: { services: [{ name: 'auth', action: 'build' }] }, report: { status: 'SUCCEEDED' } });
    expect(page).toContain('auth');
    expect(page).toContain('succeeded');
  });

  test('what happened after the commit is shown: services that do not run the image, checks, and the rollback', () => {
    const rollout = {
      environment: 'staging',
      commit: COMMIT,
      end: 'failed',
      why: 'auth is not ready',
      services: [
        {
          service: 'auth',
          state: 'failed',
          expected: 'sha256:a',
          running: [],
          ready: 0,
          wanted: 2,
          why: 'CrashLoopBackOff',
        },
      ],
      checks: [{ name: 'smoke', state: 'passed', tries: 1 }],
      rollback: { run: 'rollback-1', commit: null },
    };
    const page = fileOf({ plan, report: { ...reportOf({ services }), rollout } });
    expect(page).toContain('CrashLoopBackOff');
    expect(page).toContain('0 of 2');
    expect(page).toContain('Rolled back by rollback-1');
    expect(fileOf({ plan, report: { ...reportOf({ services }), rollout: 17 } })).not.toContain('After the commit');
  });

  test('a run that waits tells until when', () => {
    const until = '2026-11-29T18:00:00.000Z';
    const page = fileOf({ plan, approval: { schema: 1, run: 'run-1', token: 'secret-token', until } });
    expect(page).toContain('until 29 Nov 2026, 18:00 UTC');
    expect(page).not.toContain('secret-token');
  });

  test('stays below 300 KB with 300 services and below 700 KB with 10,000', () => {
    const many = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `service-with-a-long-name-${index}`);
      const reasons = Array.from({ length: 50 }, (_, at) => ({
        kind: 'input-changed' as const,
        path: `packages/shared/library-${at}/src/module-${at}.ts`,
        text: 'changed, read by COPY packages/shared (line 12)',
      }));
      const jobs = names.map((name) => ({ name, queuedAt: NOW, startedAt: NOW + 1, endedAt: NOW + 9 }));
      const timeline = { schema: 1, run: 'run-1', startedAt: NOW, endedAt: NOW + 10, steps: [], jobs };
      return fileOf({
        plan: planOf(names.map((name) => plannedService(name, 'build', { reasons }))),
        report: reportOf(),
        timeline,
      });
    };
    expect(many(300).length).toBeLessThan(300_000);
    expect(many(10_000).length).toBeLessThan(700_000);
  });
});
