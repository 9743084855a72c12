/** The services of a run: what became of each, its versions, its times, and the reasons down to the file. */
import { rangeText } from '../../estimate/accuracy';
import { printable } from '../../text/escape';
import type { ServiceRow } from '../run-view';
import { countText, durationText } from '../words';
import { EndChip, Id, numbers, SecondLine, Table } from './parts';

/** Services in the table. The stored plan has all. */
const SERVICES_SHOWN = 400;
/** Reasons of a service, and all reasons of a page: a page stays below 300 KB with 300 services. */
const REASONS_SHOWN = 6;
const REASONS_IN_ALL = 700;
const LONGEST_REASON = 240;
/** Retagged services beyond this number are folded. */
const RETAGGED_SHOWN = 10;

/** Returns the tables. On the board, names lead to the pages of services. */
export function Services({ rows, isBoard }: { readonly rows: readonly ServiceRow[]; readonly isBoard: boolean }) {
  if (rows.length === 0) return null;
  const shown = rows.slice(0, SERVICES_SHOWN);
  const retagged = shown.filter(({ end }) => end === 'retagged');
  const isFolded = retagged.length > RETAGGED_SHOWN;
  const first = isFolded ? shown.filter(({ end }) => end !== 'retagged') : shown;
  const reasons = Math.max(1, Math.min(REASONS_SHOWN, Math.floor(REASONS_IN_ALL / shown.length)));
  return (
    <>
      <h2>Services that change</h2>
      {first.length === 0 ? null : <ServiceTable rows={first} reasons={reasons} isBoard={isBoard} label="services" />}
      {isFolded ? (
        <details class="block" id="retagged">
          <summary>{countText(retagged.length, 'service')} retagged: same image, new version</summary>
          <ServiceTable rows={retagged} reasons={reasons} isBoard={isBoard} label="retagged services" />
        </details>
      ) : null}
      {rows.length > shown.length ? (
        <p class="dim">and {rows.length - shown.length} more, which the stored plan has</p>
      ) : null}
    </>
  );
}

function ServiceTable(props: {
  readonly rows: readonly ServiceRow[];
  readonly reasons: number;
  readonly isBoard: boolean;
  readonly label: string;
}) {
  const { rows, reasons, isBoard, label } = props;
  return (
    <Table label={label} heads={SERVICE_HEADS}>
      {rows.map((row) => (
        <Row row={row} reasons={reasons} isBoard={isBoard} />
      ))}
    </Table>
  );
}

const SERVICE_HEADS = ['Service', 'Result', 'Version', ...numbers('Estimate', 'Real'), 'Why'];

function Row(props: { readonly row: ServiceRow; readonly reasons: number; readonly isBoard: boolean }) {
  const { row, reasons, isBoard } = props;
  const { name, stage, end, before, version, digest, minutes, range, seconds } = row;
  const shown = row.reasons.slice(0, reasons);
  const more = row.reasons.length - shown.length;
  return (
    <tr>
      <th scope="row">
        {isBoard ? <a href={`/services/${encodeURIComponent(name)}`}>{printable(name)}</a> : printable(name)}
        <br />
        <small>{printable(stage)}</small>
      </th>
      <td class="tight">
        <EndChip end={end} />
      </td>
      <td class="tight">
        {before === undefined || before === version ? null : <span class="dim">{printable(before)} → </span>}
        {version === undefined ? <span class="dim">none</span> : printable(version)}
        {digest === undefined ? null : (
          <SecondLine>
            <Id id={digest} />
          </SecondLine>
        )}
      </td>
      <td class="num">{minutes === 0 ? '' : range === undefined ? `${minutes} min` : rangeText(range)}</td>
      <td class="num">{seconds === undefined ? '' : durationText(seconds)}</td>
      <td>
        <ul class="why">
          {shown.map(({ path, text }) => (
            <li>
              {path === undefined ? null : <code>{printable(path.slice(0, LONGEST_REASON))}</code>}
              {path === undefined ? '' : ': '}
              {printable(text.slice(0, LONGEST_REASON))}
            </li>
          ))}
          {more > 0 ? <li class="dim">and {more} more</li> : null}
        </ul>
      </td>
    </tr>
  );
}
