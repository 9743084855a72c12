/** Words for what happened after the commit of a run. Summary, notice, status and terminal print them. */
import type { RolledOutService, Rollout } from '../contract/rollout';
import { escapeCell } from '../text/escape';

/** Returns one line: `staging: verified, 4 services, 2 checks; next: production (run ...)`. */
export function rolloutText(rollout: Rollout): string {
  const { environment, end, why, rollback, promotion } = rollout;
  const state = end === undefined ? 'not ended' : end;
  const reason = why === undefined ? '' : ` (${why})`;
  return [
    `${environment}: ${state}${reason}${end === 'verified' ? verifiedText(rollout) : ''}`,
    ...(rollback === undefined ? [] : [rollbackText(rollback)]),
    ...(promotion === undefined ? [] : [`next: ${promotion.environment} (run ${promotion.run})`]),
  ].join('; ');
}

function verifiedText({ services, checks, watch }: Rollout): string {
  const running = services.filter(({ state }) => state === 'converged').length;
  const parts = [
    ...(services.length === 0
      ? []
      : [`${running} ${running === 1 ? 'service runs' : 'services run'} the released images`]),
    ...(checks.length === 0 ? [] : [`${checks.length} ${checks.length === 1 ? 'check' : 'checks'} passed`]),
    ...(watch === undefined ? [] : [`watched until ${watch.until}, ${watch.looks} looks`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function rollbackText({ run, commit, problem }: NonNullable<Rollout['rollback']>): string {
  if (problem !== undefined) return `the rollback ${run} failed, a person is needed: ${problem}`;
  return commit === null ? `rollback ${run}: nothing to undo` : `rolled back by ${commit.slice(0, 8)} (run ${run})`;
}

/** Services in the summary. The report has all. */
const SERVICES_SHOWN = 100;

/** Returns the section of the summary: the line, the checks, and every service with what it runs. */
export function rolloutLines(rollout: Rollout): readonly string[] {
  const { services, checks } = rollout;
  const more = services.length - SERVICES_SHOWN;
  // What is not as it should be comes first.
  const sorted = [...services].sort((a, b) => rank(a) - rank(b)).slice(0, SERVICES_SHOWN);
  return [
    '',
    '## After the commit',
    '',
    escapeCell(rolloutText(rollout)),
    ...(checks.length === 0 ? [] : ['', '| check | end | tries | |', '|---|---|---|---|']),
    ...checks.map(({ name, state, tries, why = '' }) => row(name, state, String(tries), why)),
    ...(services.length === 0
      ? []
      : ['', '| service | state | expected | running | ready | |', '|---|---|---|---|---|---|']),
    ...sorted.map(({ service, state, expected, running, ready, wanted, why = '' }) =>
      row(service, state, short(expected), running.map(short).join(' '), `${ready} of ${wanted}`, why),
    ),
    ...(more > 0 ? ['', `and ${more} more, which the report has`] : []),
  ];
}

function rank({ state }: RolledOutService): number {
  return ['failed', 'progressing', 'missing', 'converged'].indexOf(state);
}

function short(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}
