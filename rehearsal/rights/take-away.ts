/** Takes every action of every role away, one at a time, and plays a probe that uses it: it has to fail, because of this refusal. */
import type { RecordedCall } from '../emulator/emulator';
import type { World } from '../world';
import { roleOf } from './evaluate';
import { PROBES, type Probe } from './probes';
import { reasonFor } from './reasons';
import { plainRole, putWithout, type RolePolicy, readRoles } from './roles';

/** What came of taking one action away from one role. */
export interface Taken {
  readonly role: string;
  readonly action: string;
  /** `fails`: the probe failed by the refusal. `goes on`: it was refused and nothing failed. `unused`: no probe asks for it. */
  readonly outcome: 'fails' | 'goes on' | 'unused';
  /** The probe, or the reason why none fails; undefined if there is none, which is an error. */
  readonly told: string | undefined;
}

const MOST_TRIES = 3;

/** Takes those of the roles away, or all if none is named (`ReleaseRole`). `onTaken` is told of each as it is known. */
export async function takeRightsAway(
  world: World,
  named: readonly string[],
  onTaken: (taken: Taken) => void,
): Promise<readonly Taken[]> {
  const deployed = await readRoles(world.clients.iam, world.stack.name);
  const roles = deployed.filter(({ role }) => named.length === 0 || named.includes(plainRole(role, world.stack.name)));
  const used = await probesByRight(world);
  const all: Taken[] = [];
  for (const policy of roles) {
    const actions = new Set(policy.statements.flatMap((statement) => statement.actions));
    for (const action of [...actions].sort()) {
      const probe = used.get(`${policy.role} ${action}`);
      const taken = probe === undefined ? unused(world, policy, action) : await takeAway(world, policy, action, probe);
      all.push(taken);
      onTaken(taken);
    }
  }
  return all;
}

/** Plays every probe once as it is; the first that makes a call is the one to try the right with. */
async function probesByRight(world: World): Promise<ReadonlyMap<string, Probe>> {
  const used = new Map<string, Probe>();
  for (const probe of PROBES) {
    await world.emulator.endWarmFunctions();
    await world.emulator.takeCalls();
    await probe.play(world);
    for (const call of await world.emulator.takeCalls()) {
      const right = `${roleOf(call)} ${call.action}`;
      if (call.allowed && !used.has(right)) used.set(right, probe);
    }
  }
  return used;
}

function unused(world: World, { role }: RolePolicy, action: string): Taken {
  const plain = plainRole(role, world.stack.name);
  return { role: plain, action, outcome: 'unused', told: reasonFor(plain, action) };
}

async function takeAway(world: World, policy: RolePolicy, action: string, probe: Probe): Promise<Taken> {
  const role = plainRole(policy.role, world.stack.name);
  for (let tried = 1; ; tried += 1) {
    const { failure, isRefused } = await playWithout(world, policy, action, probe);
    if (failure !== undefined && isRefused) return { role, action, outcome: 'fails', told: probe.name };
    if (failure === undefined) return { role, action, outcome: 'goes on', told: reasonFor(role, action) };
    // A busy machine may have been too slow for the probe: that is no answer.
    if (tried === MOST_TRIES) throw new Error(`${probe.name} without ${action} of ${role}, not refused: ${failure}`);
  }
}

async function playWithout(world: World, policy: RolePolicy, action: string, probe: Probe) {
  await world.emulator.endWarmFunctions(); // they remember secrets and tokens
  await world.emulator.takeCalls();
  await putWithout(world.clients.iam, policy, action);
  let failure: string | undefined;
  try {
    await probe.play(world);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  } finally {
    await putWithout(world.clients.iam, policy, undefined);
  }
  const calls = await world.emulator.takeCalls();
  return { failure, isRefused: calls.some((call) => isRefusal(call, policy.role, action)) };
}

function isRefusal(call: RecordedCall, role: string, action: string): boolean {
  return !call.allowed && roleOf(call) === role && call.action.toLowerCase() === action.toLowerCase();
}
