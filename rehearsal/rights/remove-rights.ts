/** Removes each action of each role, one at a time, and plays a probe that uses it: the probe must fail because of the refusal. */
import type { RecordedCall } from '../emulator/emulator';
import { createCanary } from '../scenes/rollouts';
import type { World } from '../world';
import { isAllowed, roleOf } from './evaluate';
import { PROBES, type Probe, playRelease, playRollout } from './probes';
import { reasonFor } from './reasons';
import type { ProbeUsage, Removal, Results } from './results-file';
import { plainRole, policyName, putWithout, type RolePolicy, readRoles } from './roles';

const MAX_TRIES = 3;
/** Calls whose results a warm function has cached. */
const CACHED = /GetSecretValue|GetAuthorizationToken/;

/**
 * Removes the rights of the named roles (`ReleaseRole`), or of all roles if none is named. Known results are not tried again. Calls
 * `onRemoval` with each result, and returns all of them.
 */
export async function removeRights(
  world: World,
  named: readonly string[],
  results: Results,
  onRemoval: (removal: Removal) => void,
): Promise<readonly Removal[]> {
  const deployed = await readRoles(world.clients.iam, world.stack.name);
  const roles = deployed.filter(({ role }) => named.length === 0 || named.includes(plainRole(role, world.stack.name)));
  // A first build of all images, and a first release to roll back to, would make the first probes slow.
  await playRelease(world);
  await createCanary(world);
  await playRollout(world);
  await recordUsages(world, deployed, results);
  const all: Removal[] = [];
  for (const policy of roles) {
    const role = policyName(policy, world.stack.name);
    const actions = new Set(policy.statements.flatMap((statement) => statement.actions));
    for (const action of [...actions].sort()) {
      const known = results.removals.find((removal) => removal.role === role && removal.action === action);
      const removal = known ?? (await tryWithout(world, policy, action, probesThatUse(results.usages, role, action)));
      if (known === undefined) results.addRemoval(removal);
      all.push(removal);
      onRemoval(removal);
    }
  }
  return all;
}

/** Plays each probe once with all rights, unless its usage is known, and records the rights that it uses. */
async function recordUsages(world: World, policies: readonly RolePolicy[], results: Results): Promise<void> {
  for (const probe of PROBES.filter(({ name }) => !results.usages.some((usage) => usage.probe === name))) {
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
    results.addUsage({ probe: probe.name, seconds, rights: [...new Set(rights)].sort() });
  }
}

/** Returns the probes that use the right, the shortest first. */
function probesThatUse(usages: readonly ProbeUsage[], role: string, action: string): readonly Probe[] {
  const using = usages.filter(({ rights }) => rights.includes(rightOf(role, action)));
  const sorted = using.toSorted((one, other) => one.seconds - other.seconds);
  return sorted.flatMap(({ probe }) => PROBES.filter(({ name }) => name === probe));
}

function rightOf(role: string, action: string): string {
  return `${role} ${action.toLowerCase()}`;
}

/** Plays the probes until one fails, because not every probe that uses a right depends on it. If a reason explains the right, one is enough. */
async function tryWithout(
  world: World,
  policy: RolePolicy,
  action: string,
  probes: readonly Probe[],
): Promise<Removal> {
  let removal: Removal = { role: policyName(policy, world.stack.name), action, outcome: 'unused' };
  for (const probe of probes) {
    removal = await tryProbe(world, policy, action, probe);
    if (removal.outcome !== 'passes' || reasonFor(removal.role, action) !== undefined) break;
  }
  return removal;
}

async function tryProbe(world: World, policy: RolePolicy, action: string, probe: Probe): Promise<Removal> {
  const role = policyName(policy, world.stack.name);
  let isCold = CACHED.test(action);
  for (let tried = 1; ; tried += 1) {
    if (isCold) await world.emulator.endWarmFunctions();
    const { failure, isRefused } = await playWithout(world, policy, action, probe);
    if (failure !== undefined && isRefused) return { role, action, outcome: 'fails', probe: probe.name };
    if (failure === undefined && (isCold || isRefused)) return { role, action, outcome: 'passes', probe: probe.name };
    // The probe may have failed because the machine is slow.
    if (tried === MAX_TRIES) return { role, action, outcome: 'unclear', probe: `${probe.name}: ${failure}` };
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
