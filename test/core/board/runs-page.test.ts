/** The list of runs as a page. */
import { RunsContent } from '../../../core/board/pages/runs';
import { runHeader } from '../../../core/board/run-header';
import { runPage } from '../../../core/board/run-list';
import { readRunRecords } from '../../../core/board/stored-records';
import { plannedService, planOf } from '../../support/pipeline/runs';

const NOW = Date.parse('2026-11-29T12:00:00Z');

function listOf(proposal: object | undefined): string {
  const plan = JSON.stringify(planOf([plannedService('auth', 'build')]));
  const stored = proposal === undefined ? { plan } : { plan, proposal: JSON.stringify(proposal) };
  const header = runHeader(readRunRecords('run-1', stored), NOW, NOW);
  const filter = { branch: '', action: '', state: '', service: '', person: '', page: 1 };
  const page = runPage([header], filter, () => undefined);
  return String(RunsContent({ view: { page, filter, personOf: () => undefined, unread: 0, problems: [], now: NOW } }));
}

test('leads to the pull request of a run as soon as it is open, while the run waits for the merge', () => {
  const pull = { number: 42, url: 'https://git.example/team/monorepo/pull/42' };
  const open = listOf({ schema: 1, branch: 'image-pipeline/run-1', pull });

  expect(open).toMatch(/href="https:\/\/git\.example\/team\/monorepo\/pull\/42"[^>]*>pull request 42</);
  expect(listOf({ schema: 1, branch: 'image-pipeline/run-1' })).not.toContain('pull request');
  expect(listOf(undefined)).not.toContain('pull request');
});

test('shows an address that is none of a web page as text', () => {
  const pull = { number: 42, url: 'javascript:alert(1)' };

  const page = listOf({ schema: 1, branch: 'image-pipeline/run-1', pull });
  expect(page).toContain('pull request 42');
  expect(page).not.toContain('javascript:');
});
