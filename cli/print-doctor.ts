/** The doctor's findings, as text. */
import type { Finding } from '../core/doctor/finding';
import type { DoctorReport } from './doctor';
import { table } from './print';
import { printable } from './print-plan';

const SHOWN = { ok: 'ok', problem: 'PROBLEM', later: 'later' } as const;

/** A row for each finding, then what to do for those that need it. */
export function doctorText({ findings, problems }: DoctorReport): string {
  const rows = findings.map(({ state, check, text }) => [SHOWN[state], check, printable(text)]);
  const end = problems === 0 ? 'no problems' : problems === 1 ? '1 problem' : `${problems} problems`;
  return [table(['', 'check', 'found'], rows), '', ...mendLines(findings), end].join('\n');
}

/** Each mend once, with all that it mends. */
function mendLines(findings: readonly Finding[]): readonly string[] {
  const mended = new Map<string, readonly string[]>();
  for (const { check, mend } of findings) {
    if (mend !== undefined) mended.set(mend, [...(mended.get(mend) ?? []), check]);
  }
  return [...mended].flatMap(([mend, checks]) => [`${checks.join(', ')}:`, `    ${printable(mend)}`, '']);
}
