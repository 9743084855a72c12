/** Takes every action of every role away, one at a time, and plays a probe that uses it: it has to fail, because of this refusal. */
import type { RecordedCall } from '../emulator/emulator';
import { makeCanary } from '../scenes/rollouts';
import type { World } from '../world';
import { isAllowed, roleOf } from './evaluate';
import type { Notebook, Seen, Taken } from './notebook';
import { PROBES, type Probe, playRelease, playRollout } from './probes';
import { reasonFor } from './reasons';
import { plainRole, policyName, putWithout, type RolePolicy, readRoles } from './roles';

const MOST_TRIES = 3;
/** A function that runs already has asked for these, and does not ask again. */
const REMEMBERED = /GetSecretValue|GetAuthorizationToken/;

/**
 * Takes those of the roles away, or all if none is named (`ReleaseRole`). What the notebook has already is not done again; `onTaken` is told
 * of each right as it is known. Returns all of them.
 */
export async function takeRightsAway(
  world: World,
  named: readonly string[],
  notebook: Notebook,
  onTaken: (taken: Taken) => void,
): Promise<readonly Taken[]> {
  const deployed = await readRoles(world.clients.iam, world.stack.name);
  const roles = deployed.filter(({ role }) => named.length === 0 || named.includes(plainRole(role, world.stack.name)));
  // What is built for the first time, or goes back to what was there before, is no part of a probe.
  await playRelease(world);
  await makeCanary(world);
  await playRollout(world);
  await seeProbes(world, deployed, notebook);
  const all: Taken[] = [];
  for (const policy of roles) {
    const role = policyName(policy, world.stack.name);
    const actions = new Set(policy.statements.flatMap((statement) => statement.actions));
    for (const action of [...actions].sort()) {
      const known = notebook.taken.find((taken) => taken.role === role && taken.action === action);
      const taken = known ?? (await tryWithout(world, policy, action, probesThatUse(notebook.seen, role, action)));
      if (known === undefined) notebook.addTaken(taken);
      all.push(taken);
      onTaken(taken);
    }
  }
  return all;
}

/** Plays every probe once as it is, unless the notebook knows what it uses. */
async function seeProbes(world: World, policies: readonly RolePolicy[], notebook: Notebook): Promise<void> {
  for (const probe of PROBES.filter(({ name }) => !notebook.seen.some((seen) => seen.probe === name))) {
    await world.emulator.endWarmFunctions();
    await world.emulator.takeCalls();
    const since = performance.now();
    await probe.play(world);
    const seconds = (performance.now() - since) / 1000;
    const calls = (await world.emulator.takeCalls()).filter(({ allowed }) => allowed);
    const rights = calls.flatMap((call) =>
      policies
        .filter(({ role, statements }) => role === roleOf(call) && isAllowed(call, statements))
        .map((policy) => rightOf(policyName(policy, world.stack.name), call.action)),
    );
    notebook.addSeen({ probe: probe.name, seconds, rights: [...new Set(rights)].sort() });
  }
}

/** The probes that use the right, the shortest first. */
function probesThatUse(seen: readonly Seen[], role: string, action: string): readonly Probe[] {
  const using = seen.filter(({ rights }) => rights.includes(rightOf(role, action)));
  const sorted = using.toSorted((one, other) => one.seconds - other.seconds);
  return sorted.flatMap(({ probe }) => PROBES.filter(({ name }) => name === probe));
}

function rightOf(role: string, action: string): string {
  return `${role} ${action.toLowerCase()}`;
}

/** Plays the probes until one does not go on, or there is a reason why it does. One alone may not look at what the right is for. */
async function tryWithout(world: World, policy: RolePolicy, action: string, probes: readonly Probe[]): Promise<Taken> {
  let taken: Taken = { role: policyName(policy, world.stack.name), action, outcome: 'unused' };
  for (const probe of probes) {
    taken = await tryProbe(world, policy, action, probe);
    if (taken.outcome !== 'goes on' || reasonFor(taken.role, action) !== undefined) break;
  }
  return taken;
}

async function tryProbe(world: World, policy: RolePolicy, action: string, probe: Probe): Promise<Taken> {
  const role = policyName(policy, world.stack.name);
  let isCold = REMEMBERED.test(action);
  for (let tried = 1; ; tried += 1) {
    if (isCold) await world.emulator.endWarmFunctions();
    const { failure, isRefused } = await playWithout(world, policy, action, probe);
    if (failure !== undefined && isRefused) return { role, action, outcome: 'fails', probe: probe.name };
    if (failure === undefined && (isCold || isRefused)) return { role, action, outcome: 'goes on', probe: probe.name };
    // A busy machine may have been too slow for the probe: that is no answer.
    if (tried === MOST_TRIES) return { role, action, outcome: 'unclear', probe: `${probe.name}: ${failure}` };
    isCold = true;
  }
}

async function playWithout(world: World, policy: RolePolicy, action: string, probe: Probe) {
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
