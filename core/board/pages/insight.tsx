/** The pages that explain: the impact of a change as a graph, and what builds cost and what causes them. */

import type { BuildAdvice } from '../../compare/advice/advice';
import { adviceGroups } from '../../compare/advice/advice-text';
import type { BacktestReport } from '../../compare/backtest';
import type { HotSpot } from '../../compare/hot-spots';
import { printable, someOf } from '../../text/escape';
import type { WeekCost } from '../run-list';
import { countText, dateText, moneyText } from '../words';
import { Notes, numbers, Table } from './parts';

export interface ImpactView {
  readonly ref: string;
  readonly base: string;
  readonly branches: readonly string[];
  /** The address of the graph, undefined while it is made or if it cannot be. */
  readonly graph?: string;
  readonly text?: string;
  readonly command: string;
  readonly problems: readonly string[];
}

/** Returns the content of the impact page. The graph is a page of its own within. */
export function ImpactContent({ view }: { readonly view: ImpactView }) {
  const { ref, base, graph, text, command, problems } = view;
  return (
    <>
      <h1>Impact of a change</h1>
      <Notes tone="warn" texts={problems} />
      <form class="filters" method="get" action="/impact">
        <div>
          <label for="ref">Branch or commit</label>
          <input id="ref" name="ref" value={ref} maxlength={256} list="branches" />
        </div>
        <div>
          <label for="base">Compared with</label>
          <input
            id="base"
            name="base"
            value={base}
            maxlength={256}
            placeholder="nothing: the whole graph"
            list="branches"
          />
        </div>
        <datalist id="branches">
          {view.branches.map((branch) => (
            <option value={branch} />
          ))}
        </datalist>
        <button type="submit">Show</button>
      </form>
      {text === undefined ? null : <p>{printable(text)}</p>}
      {graph === undefined ? null : (
        <>
          <iframe src={graph} title="graph of stages, services and modules" />
          <p>
            <a href={graph}>The graph as a page of its own</a>
          </p>
        </>
      )}
      <Command command={command} />
    </>
  );
}

function Command({ command }: { readonly command: string }) {
  return (
    <details class="block">
      <summary>The same from a terminal</summary>
      <pre class="command">{printable(command)}</pre>
    </details>
  );
}

export interface CostView {
  readonly weeks: readonly WeekCost[];
  readonly mostBuilt: readonly (readonly [service: string, builds: number])[];
  readonly replay?: Pick<BacktestReport, 'totals' | 'hubs' | 'advice'>;
  readonly replayText?: string;
  readonly command: string;
  readonly unread: number;
  readonly problems: readonly string[];
}

const HUBS_SHOWN = 30;

const WEEK_HEADS = ['Week from', ...numbers('Runs', 'Failed', 'Built', 'Retagged', 'Build minutes', 'Cost')];

/** Returns the content of the cost page. */
export function CostContent({ view }: { readonly view: CostView }) {
  const { weeks, mostBuilt, unread, problems } = view;
  const most = mostBuilt[0]?.[1] ?? 1;
  return (
    <>
      <h1>Cost and hubs</h1>
      <Notes tone="warn" texts={problems} />
      {unread === 0 ? null : <p class="dim">{countText(unread, 'run')} are still being read; the sums grow.</p>}
      <h2>Weeks</h2>
      {weeks.length === 0 ? (
        <p>No run is recorded.</p>
      ) : (
        <Table label="cost by week" heads={WEEK_HEADS}>
          {weeks.map((week) => (
            <tr>
              <th scope="row">{dateText(week.week).replace(/,.*/, '')}</th>
              <td class="num">{week.runs}</td>
              <td class="num">{week.failed}</td>
              <td class="num">{week.built}</td>
              <td class="num">{week.retagged}</td>
              <td class="num">{week.minutes}</td>
              <td class="num">
                {moneyText(week.dollars)}
                {week.unpriced === 0 ? '' : ` and ${countText(week.unpriced, 'run')} without a known price`}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p class="dim">Minutes are the catalog's; the cost is that of the build machines at published prices.</p>
      <Hubs view={view} />
      {mostBuilt.length === 0 ? null : (
        <>
          <h2>Services that were built most often</h2>
          <Table label="services by builds" heads={['Service', ...numbers('Builds'), 'Compared with the first']}>
            {mostBuilt.map(([service, builds]) => (
              <tr>
                <th scope="row">
                  <a href={`/services/${encodeURIComponent(service)}`}>{printable(service)}</a>
                </th>
                <td class="num">{builds}</td>
                <td>
                  <Meter share={builds / most} />
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </>
  );
}

function Hubs({ view: { replay, replayText, command } }: { readonly view: CostView }) {
  return (
    <>
      <h2>Files and folders that cause most builds</h2>
      {replayText === undefined ? null : <p>{printable(replayText)}</p>}
      {replay === undefined ? null : (
        <>
          <p>
            {countText(replay.totals.pushes, 'push').replace('pushs', 'pushes')} replayed:{' '}
            {countText(replay.totals.builds, 'build')} instead of {replay.totals.everything},{' '}
            {replay.totals.minutes.builds} build minutes.
          </p>
          {replay.hubs.length === 0 ? (
            <p>No shared path caused builds of several services.</p>
          ) : (
            <HubTable hubs={replay.hubs} />
          )}
          <Advice advice={replay.advice} />
        </>
      )}
      <Command command={command} />
    </>
  );
}

const HUB_HEADS = ['Path', ...numbers('Pushes', 'Builds', 'Services', 'Only cause of', 'Minutes', 'Cost')];

function HubTable({ hubs }: { readonly hubs: readonly HotSpot[] }) {
  return (
    <Table label="hubs" heads={HUB_HEADS}>
      {hubs
        .slice(0, HUBS_SHOWN)
        .map(({ path, kind, pushes, builds, services, buildsSaved, minutesSaved, costSaved }) => (
          <tr>
            <th scope="row">
              <code>{printable(kind === 'folder' ? `${path}/` : path)}</code>
            </th>
            <td class="num">{pushes}</td>
            <td class="num">{builds}</td>
            <td class="num">{services}</td>
            <td class="num">{buildsSaved}</td>
            <td class="num">{minutesSaved}</td>
            <td class="num">{moneyText(costSaved)}</td>
          </tr>
        ))}
    </Table>
  );
}

const ADVICE_HEADS = ['What', 'Services', ...numbers('Builds', 'Minutes', 'Cost')];

const ADVICE_SHOWN = 10;
const SERVICES_SHOWN = 5;

function Advice({ advice }: { readonly advice: BuildAdvice }) {
  return adviceGroups(advice).map(({ title, cure, items }) => (
    <>
      <h3>{title}</h3>
      <p>{cure}</p>
      <Table label={title} heads={ADVICE_HEADS}>
        {items.slice(0, ADVICE_SHOWN).map(({ text, services, builds, minutes, cost }) => (
          <tr>
            <th scope="row">
              <code>{printable(text)}</code>
            </th>
            <td>{printable(someOf(services, SERVICES_SHOWN))}</td>
            <td class="num">{builds}</td>
            <td class="num">{minutes}</td>
            <td class="num">{moneyText(cost)}</td>
          </tr>
        ))}
      </Table>
    </>
  ));
}

function Meter({ share }: { readonly share: number }) {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1000);
  return (
    <svg class="meter" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="1000" height="8" />
      <rect width={width} height="8" />
    </svg>
  );
}
