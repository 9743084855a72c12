/** The page of all runs, with its filter. */
import { printable } from '../../text/escape';
import { RUN_STATES, type RunHeader } from '../run-header';
import { filterQuery, peopleOf, type RunFilter, type RunPage } from '../run-list';
import { countText, durationText, moneyText } from '../words';
import { Id, Notes, numbers, OutLink, Pager, SearchField, SecondLine, StateChip, Table, Time } from './parts';

export interface RunsView {
  readonly page: RunPage;
  readonly filter: RunFilter;
  readonly personOf: (commit: string) => string | undefined;
  /** Runs that are not read yet. */
  readonly unread: number;
  readonly problems: readonly string[];
  readonly now: number;
}

const HEADS = ['Run', 'State', 'Branch', 'Started', ...numbers('Took'), 'Result', 'Source', ...numbers('Cost')];

/** Returns the content of the page. */
export function RunsContent({ view }: { readonly view: RunsView }) {
  const { page, filter, personOf, unread, problems, now } = view;
  return (
    <>
      <h1>Runs</h1>
      <Notes tone="warn" texts={problems} />
      {unread === 0 ? null : <p class="dim">{countText(unread, 'run')} are still being read.</p>}
      <Filter filter={filter} page={page} />
      {page.total === 0 ? (
        <p>{unread > 0 ? 'No run that has been read matches.' : 'There is no such run.'}</p>
      ) : (
        <>
          <p class="dim">{countText(page.total, 'run')}, the newest first</p>
          <Table label="runs" heads={HEADS}>
            {page.runs.map((run) => (
              <Row run={run} people={peopleOf(run, personOf)} now={now} />
            ))}
          </Table>
          <Pager page={page.page} pages={page.pages} href={(number) => `/runs?${filterQuery(filter, number)}`} />
        </>
      )}
    </>
  );
}

function Row(props: { readonly run: RunHeader; readonly people: readonly string[]; readonly now: number }) {
  const { run, people, now } = props;
  const { title, branch, environment, pull, startedAt, seconds, result, source, cost, state } = run;
  const isOver = state !== 'running' && state !== 'waiting';
  return (
    <tr>
      <th scope="row">
        <a href={`/runs/${encodeURIComponent(run.run)}`}>{printable(title)}</a>
        <br />
        <small class="id">{printable(run.run)}</small>
      </th>
      <td class="tight">
        <StateChip header={run} />
        {pull === undefined ? null : (
          <SecondLine>
            <small>
              <OutLink url={pull.url}>pull request {pull.number}</OutLink>
            </small>
          </SecondLine>
        )}
      </td>
      <td>
        {printable(branch ?? '')}
        {environment === undefined ? null : (
          <SecondLine>
            <small>{printable(environment)}</small>
          </SecondLine>
        )}
      </td>
      <td class="tight">
        <Time time={startedAt} now={now} />
      </td>
      <td class="num">{seconds === undefined ? '' : durationText(seconds)}</td>
      <td>{printable(result.slice(0, 200))}</td>
      <td>
        {source === undefined ? null : <Id id={source} />}
        {people.length === 0 ? null : (
          <SecondLine>
            <small>{printable(people.join(', '))}</small>
          </SecondLine>
        )}
      </td>
      <td class="num">{isOver ? moneyText(cost) : ''}</td>
    </tr>
  );
}

function Filter({ filter, page }: { readonly filter: RunFilter; readonly page: RunPage }) {
  return (
    <form class="filters" method="get" action="/runs">
      <Choice name="branch" label="Branch" value={filter.branch} values={page.branches} />
      <Choice name="action" label="Action" value={filter.action} values={page.actions} />
      <Choice name="state" label="State" value={filter.state} values={RUN_STATES} />
      <SearchField name="service" label="Service" value={filter.service} />
      <SearchField name="person" label="Person contains" value={filter.person} />
      <button type="submit">Filter</button>
      <a class="button" href="/runs">
        Clear
      </a>
    </form>
  );
}

function Choice(props: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
}) {
  const { name, label, value, values } = props;
  const all = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <div>
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">any</option>
        {all.map((each) => (
          <option value={each} selected={each === value}>
            {printable(each)}
          </option>
        ))}
      </select>
    </div>
  );
}
