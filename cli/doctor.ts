/** `pipeline doctor`: what stands in the way of a deployment, or of a local pipeline, and what mends it. */
import { resolve } from 'node:path';
import { systemClock } from '../adapters/clock';
import type { Finding } from '../core/doctor/finding';
import { DOCKER_HUB } from '../core/image/reference';
import { checkDeployment, type DoctorOptions, type DoctorWorld } from './doctor-deployment';
import { checkHome } from './doctor-home';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { doctorText } from './print-doctor';

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
  { stdout }: Pick<CommandSurroundings, 'stdout'>,
  world: DoctorWorld = { env: process.env, clock: systemClock, hub: DOCKER_HUB },
): Promise<number> {
  const findings = await (home === undefined ? checkDeployment(options, world) : checkHome(resolve(home), world));
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const report: DoctorReport = { problems, findings };
  printLine(stdout, json ? JSON.stringify(report, null, 2) : doctorText(report));
  return problems === 0 ? 0 : 1;
}
