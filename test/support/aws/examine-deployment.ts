/** The doctor on a deployment: its report, and that no secret is in it. */
import { systemClock } from '../../../adapters/clock';
import { type DoctorReport, doctor } from '../../../cli/doctor/doctor';
import { HOOKS_TOKEN } from '../git-hosts/fake-hooks';
import { type DeployedAccount, WEBHOOK_SECRET } from './deployed-account';

export interface Examined {
  readonly exitCode: number;
  readonly report: DoctorReport;
  /** The findings that are not ok: check, state and what fixes it. */
  readonly open: readonly string[];
}

/** Runs it on the deployment as it is. `hub` is where Docker Hub answers. */
export async function examineDeployment(
  world: DeployedAccount,
  clock = systemClock,
  hub = world.registry.host,
): Promise<Examined> {
  let text = '';
  const stdout = { write: (part: string) => (text += part) };
  const outside = { env: process.env, clock, hub };
  const exitCode = await doctor({ ...world.files, stack: 'ImagePipeline', json: true }, { stdout }, outside);
  const report: DoctorReport = JSON.parse(text);
  for (const secret of [HOOKS_TOKEN, WEBHOOK_SECRET, 'p4ssw0rd']) expect(text).not.toContain(secret);
  const open = report.findings.filter(({ state }) => state !== 'ok');
  return { exitCode, report, open: open.map(({ check, state, fix }) => `${state} ${check}: ${fix ?? ''}`) };
}
