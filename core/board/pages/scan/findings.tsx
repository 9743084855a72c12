/** The findings of a run's images, on the page of the run. */
import type { ScanReport } from '../../../contract/scan/scan';
import { countsText, verdictText, vulnerabilityText } from '../../../scan/scan-text';
import { printable } from '../../../text/escape';
import { Notes, Table } from '../parts';

const ROWS_SHOWN = 50;

/** Returns the section: images with something open or waived, then each open finding. */
export function Findings({ scan }: { readonly scan: ScanReport | undefined }) {
  if (scan === undefined) return null;
  const shown = scan.images.filter(({ open, waived, problem }) => open + waived > 0 || problem !== undefined);
  const notes = [
    ...scan.expired.map(({ id, by, until }) => `The waiver for ${id} by ${by} ended on ${until} and no longer counts.`),
    ...scan.unused.map(({ id, by }) => `The waiver for ${id} by ${by} matches nothing; remove it.`),
  ];
  return (
    <>
      <h2 id="findings">Findings</h2>
      <p>{printable(verdictText(scan))}</p>
      <Notes tone="warn" texts={notes} />
      {shown.length === 0 ? null : (
        <Table label="findings by image" heads={['Service', 'Found', 'Open', 'Waived', 'Problem']}>
          {shown.slice(0, ROWS_SHOWN).map(({ service, counts, open, waived, problem }) => (
            <tr>
              <th scope="row">{printable(service)}</th>
              <td>{countsText(counts)}</td>
              <td class="tight">{open}</td>
              <td class="tight">{waived}</td>
              <td>{printable(problem ?? '')}</td>
            </tr>
          ))}
        </Table>
      )}
      {scan.open.length === 0 ? null : (
        <Table label="open findings" heads={['Service', 'Finding']}>
          {scan.open.slice(0, ROWS_SHOWN).map((each) => (
            <tr>
              <th scope="row">{printable(each.service)}</th>
              <td>{printable(vulnerabilityText(each))}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
