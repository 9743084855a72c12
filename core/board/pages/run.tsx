/** The page of one run: on the board, and as the file that is stored beside the run's summary. */
import type { Child } from 'hono/jsx';
import { rangeText } from '../../estimate/accuracy';
import { ecosystemOf } from '../../modules/ecosystems';
import { printable, printableLines, someOf } from '../../text/escape';
import type { FailedJob, RunView } from '../run-view';
import { countText, dateText, durationText, moneyText } from '../words';
import { Chart } from './chart';
import { documentOf, SinglePage } from './layout';
import { CommitLink, type Fact, Facts, Notes, OutLink, StateChip, Table, Time } from './parts';
import { Services } from './run-services';
import { Findings } from './scan/findings';

const KEPT_SHOWN = 500;
const FAILED_SHOWN = 50;
/** Logs that are shown in the page, and the characters of an error. */
const LOGS_SHOWN = 8;
const LONGEST_ERROR = 6000;

/** Returns the file: one page that needs no network and no script. */
export function runFile(view: RunView, now: number): string {
  const { title } = view.header;
  return documentOf(
    <SinglePage title={`${title} ${view.header.end}`}>
      <RunContent view={view} now={now} isBoard={false} />
      <p class="dim">
        <small>Written {dateText(now)} UTC, when the run was reported.</small>
      </p>
    </SinglePage>,
  );
}

/** Returns the content of the page. On the board, names lead to other pages; `actions` are what a person can do with the run. */
export function RunContent(props: {
  readonly view: RunView;
  readonly now: number;
  readonly isBoard: boolean;
  readonly actions?: Child;
}) {
  const { view, now, isBoard, actions } = props;
  const { header, waitsUntil, failed, chart, services, kept, problems } = view;
  return (
    <>
      <div class="head">
        <div>
          <h1>{printable(header.title)}</h1>
          <StateChip header={header} /> <span class="id dim">{printable(header.run)}</span>
        </div>
        {actions}
      </div>
      <p>{printable(header.result)}</p>
      {waitsUntil === undefined ? null : (
        <div class="note warn">
          <h2>Waits for approval</h2>
          <p>
            All images are built. No version is given before somebody approves, until {dateText(waitsUntil)} UTC.
            Without an answer the run ends and changes nothing.
          </p>
        </div>
      )}
      {view.error === undefined ? null : (
        <div class="note bad">
          <h2>Error</h2>
          <pre>{printableLines(view.error.slice(0, LONGEST_ERROR))}</pre>
        </div>
      )}
      <Notes tone="warn" texts={[...view.warnings, ...problems]} />
      <Facts facts={factsOf(view, now)} />
      <FailedJobs failed={failed} />
      {chart === undefined ? null : <Chart chart={chart} />}
      <Findings scan={view.scan} />
      <AfterCommit rollout={view.rollout} isBoard={isBoard} />
      <Services rows={services} isBoard={isBoard} />
      <Kept names={kept} />
      <Packages view={view} />
    </>
  );
}

function factsOf(
  { header, person, links, commit, answer, planned, realMinutes, realSeconds, superseded }: RunView,
  now: number,
): readonly Fact[] {
  const { branch, environment, source, pull, startedAt, seconds, minutes, state } = header;
  const isOver = state !== 'running' && state !== 'waiting';
  const { execution } = links;
  const records = links.records?.startsWith('https://') ? links.records : undefined;
  const made = commit === undefined ? 'none' : <CommitLink id={commit} url={links.commit} />;
  const range = planned.range && `${rangeText(planned.range)} estimated`;
  const catalog = `${planned.minutes} min by the catalog for ${countText(planned.builds, 'build')}`;
  const cost = isOver ? `${moneyText(header.cost)} for ${minutes} min by the catalog` : 'known at the end';
  return [
    {
      label: isOver ? 'Took' : 'Running for',
      value: <span class="big">{seconds === undefined ? 'unknown' : durationText(seconds)}</span>,
    },
    {
      label: 'Started',
      value: (
        <>
          {dateText(startedAt)} UTC (<Time time={startedAt} now={now} />)
        </>
      ),
    },
    { label: 'Started by', value: header.person && printable(header.person) },
    { label: 'Branch', value: printable(branch ?? 'unknown') },
    { label: 'Environment', value: environment && printable(environment) },
    {
      label: 'Source commit',
      value: (
        <>
          {source === undefined ? 'unknown' : <CommitLink id={source} url={links.source} />}
          {person === undefined ? null : ` by ${printable(person)}`}
        </>
      ),
    },
    { label: 'Commit of the values file', value: state === 'planned' ? undefined : made },
    { label: 'First start to last end', value: range && `${range}${realText(realSeconds)}` },
    { label: 'Build time', value: `${catalog}${realText(realMinutes && realMinutes * 60)}` },
    { label: 'Cost', value: state === 'planned' ? undefined : cost },
    { label: 'Pull request', value: pull && <OutLink url={pull.url}>{pull.number}</OutLink> },
    { label: 'Approval', value: answer && printable(answer) },
    {
      label: 'Superseded by newer releases',
      value: superseded.length > 0 ? printable(superseded.join(', ')) : undefined,
    },
    { label: 'Execution', value: execution && <OutLink url={execution}>open in the AWS console</OutLink> },
    { label: 'Records', value: records && <OutLink url={records}>summary in the bucket</OutLink> },
  ];
}

function realText(seconds: number | undefined): string {
  return seconds === undefined ? '' : `, ${durationText(seconds)} real`;
}

function FailedJobs({ failed }: { readonly failed: readonly FailedJob[] }) {
  if (failed.length === 0) return null;
  return (
    <>
      <h2>Jobs that did not succeed</h2>
      {failed.slice(0, FAILED_SHOWN).map(({ service, status, cause, logs, log }, index) => (
        <div class="note bad" id={`job-${index}`}>
          <h3>
            {printable(service)}: {printable(status.toLowerCase().replace('_', ' '))}
          </h3>
          {cause === undefined ? null : <p>{printable(cause)}</p>}
          {log === undefined || index >= LOGS_SHOWN ? null : (
            <details open={index < 3}>
              <summary>End of the log</summary>
              <pre>{printableLines(log)}</pre>
            </details>
          )}
          {logs === undefined ? null : (
            <p>
              <OutLink url={logs}>{/^(https|file):/.test(logs) ? 'Whole log' : printable(logs)}</OutLink>
            </p>
          )}
        </div>
      ))}
      {failed.length > FAILED_SHOWN ? (
        <p class="dim">and {failed.length - FAILED_SHOWN} more, which the report has</p>
      ) : null}
    </>
  );
}

function AfterCommit({ rollout, isBoard }: Pick<RunView, 'rollout'> & { readonly isBoard: boolean }) {
  if (rollout === undefined) return null;
  const { environment, end, why, services, checks, rollback, promotion } = rollout;
  const troubled = services.filter(({ state }) => state !== 'converged').slice(0, FAILED_SHOWN);
  const link = (run: string) =>
    isBoard ? <a href={`/runs/${encodeURIComponent(run)}`}>{printable(run)}</a> : printable(run);
  return (
    <>
      <h2>After the commit</h2>
      <p>
        {printable(environment)}: {printable(end ?? 'goes on')}
        {why === undefined ? '' : `, ${printable(why)}`}. {services.length - troubled.length} of {services.length}{' '}
        services run the released image.
      </p>
      {rollback === undefined ? null : <p>Rolled back by {link(rollback.run)}.</p>}
      {promotion === undefined ? null : (
        <p>
          Promoted to {printable(promotion.environment)} by {link(promotion.run)}.
        </p>
      )}
      {troubled.length + checks.length === 0 ? null : (
        <Table label="services and checks after the commit" heads={['Service or check', 'State', 'Ready', 'Why']}>
          {troubled.map((each) => (
            <tr>
              <th scope="row">{printable(each.service)}</th>
              <td>{printable(each.state)}</td>
              <td class="tight">
                {each.ready} of {each.wanted}
              </td>
              <td>{printable(each.why ?? '')}</td>
            </tr>
          ))}
          {checks.slice(0, FAILED_SHOWN).map((check) => (
            <tr>
              <th scope="row">{printable(check.name)}</th>
              <td>{printable(check.state)}</td>
              <td class="tight">{countText(check.tries, 'try').replace('trys', 'tries')}</td>
              <td>{printable(check.why ?? '')}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Kept({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <details class="block" id="kept">
      <summary>{countText(names.length, 'service')} kept as they are</summary>
      <p>{printable(someOf(names, KEPT_SHOWN))}</p>
    </details>
  );
}

function Packages({ view: { packages } }: { readonly view: RunView }) {
  const published = packages.filter(({ isNew }) => isNew);
  const known = packages.filter(({ isNew }) => !isNew);
  return (
    <>
      {published.length === 0 ? null : <h2>Published packages</h2>}
      <PackageList packages={published} />
      {known.length === 0 ? null : (
        <details class="block" id="packages">
          <summary>{countText(known.length, 'package')} of this source published before</summary>
          <PackageList packages={known} />
        </details>
      )}
    </>
  );
}

function PackageList({ packages }: Pick<RunView, 'packages'>) {
  if (packages.length === 0) return null;
  return (
    <Table label="packages" heads={['Module', 'Package']}>
      {packages.slice(0, KEPT_SHOWN).map((each) => (
        <tr>
          <th scope="row">{printable(each.module)}</th>
          <td class="id">{printable(ecosystemOf(each).requirement(each.package, each.version))}</td>
        </tr>
      ))}
    </Table>
  );
}
