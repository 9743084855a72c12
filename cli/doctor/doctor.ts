/** `pipeline doctor`: what stands in the way of a deployment, or of a local pipeline, and what mends it. */
import { resolve } from 'node:path';
import { systemClock } from '../../adapters/clock';
import type { Finding } from '../../core/doctor/finding';
import { DOCKER_HUB } from '../../core/image/reference';
import { printable } from '../../core/text/terminal';
import type { CommandContext } from '../context';
import { printLine, table } from '../output/print';
import { checkDeployment, type DoctorOptions, type DoctorWorld } from './deployment';
import { checkHome } from './home';

export interface DoctorArguments extends DoctorOptions {
  /** The folder of a local pipeline, which is then looked at in the place of a deployment. */
  readonly home?: string;
  readonly json: boolean;
}

/** What `doctor --json` prints. */
export interface DoctorReport {
  readonly problems: number;
  readonly findings: readonly Finding[];
}

/** Prints the findings. Exit code 1 if there is a problem. */
export async function doctor(
  { home, json, ...options }: DoctorArguments,
  { stdout }: Pick<CommandContext, 'stdout'>,
  world: DoctorWorld = { env: process.env, clock: systemClock, hub: DOCKER_HUB },
): Promise<number> {
  const findings = await (home === undefined ? checkDeployment(options, world) : checkHome(resolve(home), world));
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const report: DoctorReport = { problems, findings };
  printLine(stdout, json ? JSON.stringify(report, null, 2) : doctorText(report));
  return problems === 0 ? 0 : 1;
}

// The doctor's findings, as text.

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
