/** The list of services, and the page of one. */
import { printable } from '../../text/escape';
import type { BuildHabit, ServicePlace, ServiceShape } from '../service-view';
import { ageText, countText, dateText } from '../words';
import {
  Chip,
  CommitLink,
  type Fact,
  Facts,
  Id,
  MoreServices,
  Notes,
  numbers,
  SearchField,
  StateChip,
  Table,
  Time,
} from './parts';

export interface ServicesView {
  readonly names: readonly { readonly name: string; readonly builds: number }[];
  readonly matching: number;
  readonly filter: string;
  readonly problems: readonly string[];
}

/** Returns the content of the list. */
export function ServicesContent({ view: { names, matching, filter, problems } }: { readonly view: ServicesView }) {
  return (
    <>
      <h1>Services</h1>
      <Notes tone="warn" texts={problems} />
      <form class="filters" method="get" action="/services">
        <SearchField name="name" label="Name contains" value={filter} />
        <button type="submit">Filter</button>
      </form>
      {names.length === 0 ? (
        <p>There is no such service in a version lock or a run.</p>
      ) : (
        <Table label="services" heads={['Service', ...numbers('Builds in the recorded runs')]}>
          {names.map(({ name, builds }) => (
            <tr>
              <th scope="row">
                <a href={`/services/${encodeURIComponent(name)}`}>{printable(name)}</a>
              </th>
              <td class="num">{builds}</td>
            </tr>
          ))}
        </Table>
      )}
      <MoreServices shown={names.length} matching={matching} />
    </>
  );
}

export interface ServiceView {
  readonly name: string;
  readonly places: readonly ServicePlace[];
  /** Undefined while it is worked out, or if it cannot be. */
  readonly shape?: ServiceShape;
  readonly shapeText?: string;
  readonly habit: BuildHabit;
  readonly problems: readonly string[];
  readonly commitLink: (commit: string) => string | undefined;
  readonly now: number;
}

const CHANGES_SHOWN = 100;

/** Returns the content of the page of one service. */
export function ServiceContent({ view }: { readonly view: ServiceView }) {
  const { name, places, shape, shapeText, habit, problems, now } = view;
  return (
    <>
      <h1>{printable(name)}</h1>
      <Notes tone="warn" texts={problems} />
      <Facts facts={[...shapeFacts(shape), ...habitFacts(habit)]} />
      {shapeText === undefined ? null : <p class="dim">{printable(shapeText)}</p>}
      {places.map((place) => (
        <Place place={place} commitLink={view.commitLink} now={now} />
      ))}
      {habit.last.length === 0 ? null : (
        <>
          <h2>Last builds</h2>
          <Table label="last builds" heads={['Run', 'State', 'Started', 'Result']}>
            {habit.last.map((run) => (
              <tr>
                <th scope="row">
                  <a href={`/runs/${encodeURIComponent(run.run)}`}>{printable(run.title)}</a>
                </th>
                <td class="tight">
                  <StateChip header={run} />
                </td>
                <td class="tight">
                  <Time time={run.startedAt} now={now} />
                </td>
                <td>{printable(run.result.slice(0, 200))}</td>
              </tr>
            ))}
          </Table>
          <p>
            <a href={`/runs?service=${encodeURIComponent(name)}`}>All runs of this service</a>. The page of a run has
            the reasons of each build.
          </p>
        </>
      )}
    </>
  );
}

function shapeFacts(shape: ServiceShape | undefined): readonly Fact[] {
  if (shape === undefined) return [];
  const { stage, path, dockerfile, minutes, reads, declares, startsFrom, dependants } = shape;
  const names = (list: readonly string[]) =>
    list.length === 0 ? 'none' : list.map((each) => printable(each)).join(', ');
  return [
    { label: 'Stage', value: printable(stage) },
    {
      label: 'Folder and Dockerfile',
      value: printable(dockerfile === `${path}/Dockerfile` || dockerfile === '' ? path : `${path}, ${dockerfile}`),
    },
    { label: 'Build by the catalog', value: `${minutes} min` },
    { label: 'Modules that the build reads', value: names(reads) },
    { label: 'Modules only declared', value: declares.length === 0 ? undefined : names(declares) },
    { label: 'Built from images of', value: <ServiceLinks names={startsFrom} /> },
    { label: 'Images built from it', value: <ServiceLinks names={dependants} /> },
  ];
}

function ServiceLinks({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <>none</>;
  return (
    <>
      {names.map((name, index) => (
        <>
          {index === 0 ? '' : ', '}
          <a href={`/services/${encodeURIComponent(name)}`}>{printable(name)}</a>
        </>
      ))}
    </>
  );
}

function habitFacts({ runs, built, failed }: BuildHabit): readonly Fact[] {
  const failures = failed === 0 ? '' : `, ${failed} of them in a run that failed`;
  return [{ label: 'Recorded runs', value: `${countText(runs, 'run')} changed it, ${built} built it${failures}` }];
}

function Place(props: {
  readonly place: ServicePlace;
  readonly commitLink: ServiceView['commitLink'];
  readonly now: number;
}) {
  const { place, commitLink, now } = props;
  const { state, entry, changes } = place;
  return (
    <>
      <h2>
        {printable(state.environment)} <small>on {printable(state.branch)}</small>
      </h2>
      {entry === undefined ? (
        <p>Not released here.</p>
      ) : (
        <Facts
          facts={[
            { label: 'Version', value: <span class="big">{printable(entry.version)}</span> },
            { label: 'Digest', value: <span class="id">{printable(entry.digest)}</span> },
            { label: 'Source', value: <CommitLink id={entry.source} url={commitLink(entry.source)} /> },
            { label: 'Built', value: entry.built === undefined ? 'unknown' : builtText(entry.built, now) },
            { label: 'Base images', value: <Bases bases={entry.bases ?? {}} /> },
          ]}
        />
      )}
      {changes.length === 0 ? null : (
        <Table
          label={`versions in ${state.environment}`}
          heads={['Version', 'Since', 'Change', 'Source', 'Digest', 'By']}
        >
          {changes.slice(0, CHANGES_SHOWN).map((change, index) => (
            <tr>
              <th scope="row">{printable(change.version)}</th>
              <td class="tight">
                <Time time={change.at} now={now} /> <small>{dateText(change.at)}</small>
              </td>
              <td class="tight">
                <ChangeChip change={change} before={changes[index + 1]} />
              </td>
              <td>
                <CommitLink id={change.source} url={commitLink(change.source)} />
              </td>
              <td>
                <Id id={change.digest} />
              </td>
              <td>
                {change.run === undefined ? (
                  'by hand'
                ) : (
                  <a href={`/runs/${encodeURIComponent(change.run)}`}>{printable(change.run)}</a>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {changes.length > CHANGES_SHOWN ? (
        <p class="dim">and {changes.length - CHANGES_SHOWN} older ones: pipeline history</p>
      ) : null}
    </>
  );
}

function ChangeChip(props: {
  readonly change: ServicePlace['changes'][number];
  readonly before: ServicePlace['changes'][number] | undefined;
}) {
  const { change, before } = props;
  if (change.rollbackTo !== undefined) return <Chip tone="warn" shape="↶" text={`back to ${change.rollbackTo}`} />;
  if (before === undefined) return <Chip tone="" shape="+" text="first known" />;
  if (before.digest === change.digest) return <Chip tone="" shape="↻" text="retagged" />;
  return <Chip tone="good" shape="✓" text="another image" />;
}

function builtText(day: string, now: number): string {
  const age = now - Date.parse(day);
  return Number.isNaN(age) ? day : `${day} (${age < 86_400_000 ? 'today' : ageText(age)})`;
}

function Bases({ bases }: { readonly bases: Readonly<Record<string, string>> }) {
  const all = Object.entries(bases);
  if (all.length === 0) return <>none recorded</>;
  return (
    <ul class="why">
      {all.map(([name, digest]) => (
        <li>
          {printable(name)} <Id id={digest} />
        </li>
      ))}
    </ul>
  );
}
