/** The first page: which version is where, what differs, what a promotion would move, and what is not released yet. */
import { printable, someOf } from '../../text/escape';
import { type Cell, type EnvironmentState, mainVersion, type Promotion, type ServiceVersions } from '../environments';
import type { RunHeader } from '../run-header';
import { countText, shortId } from '../words';
import { Chip, Id, MoreServices, Notes, SearchField, StateChip, Table, Time } from './parts';

/** A commit that no release has. */
export interface UnreleasedCommit {
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
}

/** What the next release of a branch would contain. `builds` is undefined while it is worked out. */
export interface NextRelease {
  readonly since: string;
  readonly commits: readonly UnreleasedCommit[];
  readonly isCut: boolean;
  readonly builds?: readonly string[];
  readonly problem?: string;
}

export interface EnvironmentsView {
  /** Runs that go on now. */
  readonly open: readonly RunHeader[];
  readonly states: readonly EnvironmentState[];
  readonly next: ReadonlyMap<EnvironmentState, NextRelease>;
  readonly promotions: readonly Promotion[];
  readonly rows: readonly ServiceVersions[];
  /** The number of all rows that match the filter. */
  readonly matching: number;
  readonly filter: { readonly service: string; readonly drift: boolean };
  readonly problems: readonly string[];
  readonly now: number;
}

const COMMITS_SHOWN = 15;
const BUILDS_SHOWN = 12;
const MOVES_SHOWN = 60;
/** More moves than that are folded. */
const MOVES_OPEN = 6;

/** Returns the content of the page. */
export function EnvironmentsContent({ view }: { readonly view: EnvironmentsView }) {
  const { states, rows, matching, filter, problems, now } = view;
  return (
    <>
      <h1>Environments</h1>
      <Notes tone="warn" texts={problems} />
      <Now open={view.open} now={now} />
      <div class="tiles">
        {states.map((state) => (
          <State state={state} next={view.next.get(state)} now={now} />
        ))}
      </div>
      <Promotions promotions={view.promotions} />
      <h2>Versions</h2>
      <form class="filters" method="get" action="/">
        <SearchField name="service" label="Service contains" value={filter.service} />
        <label class="check">
          <input type="checkbox" name="drift" value="yes" checked={filter.drift} /> only differences
        </label>
        <button type="submit">Filter</button>
      </form>
      {rows.length === 0 ? (
        <p>{states.some(({ lock }) => lock.size > 0) ? 'No service matches.' : 'Nothing is released yet.'}</p>
      ) : (
        <Matrix states={states} rows={rows} now={now} />
      )}
      <MoreServices shown={rows.length} matching={matching} />
    </>
  );
}

/** Open runs that are shown. */
const OPEN_SHOWN = 8;

function Now({ open, now }: Pick<EnvironmentsView, 'open' | 'now'>) {
  if (open.length === 0) return null;
  return (
    <section class="note live" aria-label="runs that go on now">
      {open.slice(0, OPEN_SHOWN).map((run) => (
        <p>
          <StateChip header={run} /> <a href={`/runs/${encodeURIComponent(run.run)}`}>{printable(run.title)}</a>{' '}
          <span class="dim">
            {printable(run.branch ?? '')} started <Time time={run.startedAt} now={now} />
          </span>
        </p>
      ))}
      {open.length > OPEN_SHOWN ? <p class="dim">and {open.length - OPEN_SHOWN} more</p> : null}
    </section>
  );
}

function stateName({ environment, branch }: EnvironmentState): string {
  return `${environment} (${branch})`;
}

function State(props: {
  readonly state: EnvironmentState;
  readonly next: NextRelease | undefined;
  readonly now: number;
}) {
  const { state, next, now } = props;
  const { lock, problem, head, changedAt, lastRun, branch, environment, needsApproval, allows } = state;
  const version = mainVersion(lock);
  const start = allows.includes('release') ? 'release' : allows.includes('push') ? 'push' : undefined;
  const query = `environment=${encodeURIComponent(environment)}&ref=${encodeURIComponent(branch)}`;
  return (
    <section class="note tile" aria-label={stateName(state)}>
      <h2>
        {printable(environment)} <small>on {printable(branch)}</small>
      </h2>
      {problem === undefined ? null : <p>{printable(problem)}</p>}
      {version === undefined ? null : (
        <p>
          <b>{printable(version)}</b> in {[...lock.values()].filter((entry) => entry.version === version).length} of{' '}
          {countText(lock.size, 'service')}
          {changedAt === undefined ? null : (
            <>
              , changed <Time time={changedAt} now={now} />
            </>
          )}
          {lastRun === undefined ? null : (
            <>
              {' '}
              by <a href={`/runs/${encodeURIComponent(lastRun)}`}>{printable(lastRun)}</a>
            </>
          )}
          {needsApproval ? '; a person has to approve' : ''}
        </p>
      )}
      <Next next={next} head={head} />
      <p class="actions">
        {start === undefined ? null : (
          <a class="button" href={`/start/${start}?${query}`}>
            {start === 'release' ? 'Release' : 'Push'}
          </a>
        )}
        {allows.includes('rollback') && version !== undefined ? (
          <a class="button" href={`/start/rollback?${query}`}>
            Roll back
          </a>
        ) : null}
      </p>
    </section>
  );
}

function Next({ next, head }: { readonly next: NextRelease | undefined; readonly head: string | undefined }) {
  if (next === undefined || head === undefined) return null;
  const { commits, isCut, builds, since, problem } = next;
  const count = `${isCut ? 'more than ' : ''}${countText(commits.length, 'commit')}`;
  return (
    <>
      {problem === undefined ? null : <p>{printable(problem)}</p>}
      {commits.length === 0 ? (
        <p class="dim">Every commit of the branch is released.</p>
      ) : (
        <details open={commits.length <= 5}>
          <summary>
            Not released: {count} since {shortId(since)}
          </summary>
          <ul class="why">
            {commits.slice(0, COMMITS_SHOWN).map(({ commit, author, subject }) => (
              <li>
                <Id id={commit} /> {printable(subject)} <span class="dim">{printable(author)}</span>
              </li>
            ))}
            {commits.length > COMMITS_SHOWN ? <li class="dim">and {commits.length - COMMITS_SHOWN} more</li> : null}
          </ul>
        </details>
      )}
      {commits.length === 0 || problem !== undefined ? null : (
        <p>
          {builds === undefined ? (
            <span class="dim">What the next release builds is being worked out.</span>
          ) : (
            <>
              <a href={`/impact?ref=${head}&base=${since}`}>
                The next release builds {countText(builds.length, 'service')}
              </a>
              {builds.length === 0 ? '' : `: ${printable(someOf(builds, BUILDS_SHOWN))}`}
            </>
          )}
        </p>
      )}
    </>
  );
}

function Promotions({ promotions }: Pick<EnvironmentsView, 'promotions'>) {
  if (promotions.length === 0) return null;
  return (
    <>
      <h2>Promotions</h2>
      <Table label="promotions" heads={['From', 'To', 'Services that move', 'Action']}>
        {promotions.map(({ from, to, moves }) => (
          <tr>
            <th scope="row">{printable(from.environment)}</th>
            <th scope="row">{printable(to.environment)}</th>
            <td>
              {moves.length === 0 ? (
                <Chip tone="good" shape="✓" text="nothing differs" />
              ) : (
                <details open={moves.length <= MOVES_OPEN}>
                  <summary>{countText(moves.length, 'service')}</summary>
                  <ul class="why">
                    {moves.slice(0, MOVES_SHOWN).map((move) => (
                      <li>
                        {printable(move.service)}{' '}
                        <span class="dim">
                          {printable(move.to ?? 'new')} → {printable(move.from)}
                        </span>
                      </li>
                    ))}
                    {moves.length > MOVES_SHOWN ? <li class="dim">and {moves.length - MOVES_SHOWN} more</li> : null}
                  </ul>
                </details>
              )}
            </td>
            <td>
              {moves.length === 0 ? null : (
                <a
                  class="button"
                  href={`/start/promote?environment=${encodeURIComponent(to.environment)}&version=${encodeURIComponent(mainVersion(from.lock) ?? '')}`}
                >
                  Promote to {printable(to.environment)}
                </a>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Matrix(props: {
  readonly states: readonly EnvironmentState[];
  readonly rows: readonly ServiceVersions[];
  readonly now: number;
}) {
  const { states, rows, now } = props;
  return (
    <>
      {states.length > 1 ? (
        <p class="legend">
          <span>≠: another image than in the environment to the left</span>
        </p>
      ) : null}
      <Table label="versions by environment" heads={['Service', ...states.map(stateName)]} kind="matrix">
        {rows.map(({ service, cells }) => (
          <tr>
            <th scope="row">
              <a href={`/services/${encodeURIComponent(service)}`}>{printable(service)}</a>
            </th>
            {cells.map((cell) => (
              <VersionCell cell={cell} now={now} />
            ))}
          </tr>
        ))}
      </Table>
    </>
  );
}

function VersionCell({ cell, now }: { readonly cell: Cell | undefined; readonly now: number }) {
  if (cell === undefined) return <td class="dim">none</td>;
  const { version, changedAt, built, isDrift } = cell;
  return (
    <td class={isDrift ? 'drift' : undefined}>
      <span class="ver">
        {isDrift ? '≠ ' : ''}
        {printable(version)}
      </span>{' '}
      <small>
        {changedAt === undefined ? built === undefined ? '' : `built ${built}` : <Time time={changedAt} now={now} />}
      </small>
    </td>
  );
}
