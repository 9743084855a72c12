/** `pipeline doctor`: checks what blocks a deployment, or a local pipeline, and prints the command that fixes it. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../adapters/clock';
import type { Finding } from '../../core/doctor/finding';
import { DOCKER_HUB } from '../../core/image/reference';
import { printable } from '../../core/text/escape';
import { type CommandContext, EXIT, JSON_OUT, STACK } from '../context';
import { printJson, printLine, table } from '../output/print';
import type { DoctorOptions, DoctorWorld } from './deployment';
import { SETTINGS, STACK_REGION } from './deployment-files';

export interface DoctorArguments extends DoctorOptions {
  /** The folder of a local pipeline to check instead of a deployment. */
  readonly home?: string;
  readonly json: boolean;
}

/** The output of `doctor --json`. */
export interface DoctorReport {
  readonly problems: number;
  readonly findings: readonly Finding[];
}

/** Adds options and action. */
export function configureDoctor(command: Command, context: CommandContext): void {
  command
    .option(...SETTINGS)
    .option('--catalog <file>', 'the catalog; default: the file in cdk.json')
    .option(...STACK)
    .option(...STACK_REGION)
    .addOption(expiredTagsOption())
    .option('--home <dir>', 'check the local pipeline in this folder instead')
    .option(...JSON_OUT)
    .action(async (options: DoctorArguments) => context.setExitCode(await doctor(options, context)));
}

function expiredTagsOption(): Option {
  const text = 'also list unused development tags in ECR that are older, with the commands that remove them';
  return new Option('--expired-tags <days>', text).argParser((value: string) => {
    if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
    throw new InvalidArgumentError('write a number of days from 1 to 9999.');
  });
}

/** Prints the findings. Returns exit code 1 if there is a problem. */
export async function doctor(
  { home, json, ...options }: DoctorArguments,
  { stdout }: Pick<CommandContext, 'stdout'>,
  world: DoctorWorld = { env: process.env, clock: systemClock, hub: DOCKER_HUB },
): Promise<number> {
  const findings =
    home === undefined
      ? await (await import('./deployment')).checkDeployment(options, world)
      : await (await import('./home')).checkHome(resolve(home), world);
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const report: DoctorReport = { problems, findings };
  if (json) printJson(stdout, report);
  else printLine(stdout, doctorText(report));
  return problems === 0 ? EXIT.done : EXIT.failed;
}

const SHOWN = { ok: 'ok', problem: 'PROBLEM', later: 'later' } as const;

/** Returns a row for each finding, then the commands that fix problems. */
export function doctorText({ findings, problems }: DoctorReport): string {
  const rows = findings.map(({ state, check, text }) => [SHOWN[state], check, text]);
  const end = problems === 0 ? 'no problems' : problems === 1 ? '1 problem' : `${problems} problems`;
  return [table(['', 'check', 'found'], rows), '', ...fixLines(findings), end].join('\n');
}

/** Lists each command once, below the checks that it fixes. */
function fixLines(findings: readonly Finding[]): readonly string[] {
  const fixed = new Map<string, readonly string[]>();
  for (const { check, fix } of findings) {
    if (fix !== undefined) fixed.set(fix, [...(fixed.get(fix) ?? []), check]);
  }
  return [...fixed].flatMap(([fix, checks]) => [printable(`${checks.join(', ')}:`), printable(`    ${fix}`), '']);
}
