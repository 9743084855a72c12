/** `npm run rehearse`: deploys the stack into an emulated AWS account, and plays scenes on it. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { checkInvariants, emptyMemory } from './checks/invariants';
import type { RecordedCall } from './emulator/emulator';
import type { Websites } from './emulator/websites';
import { RehearsalError } from './failure';
import { compareInterpreters } from './interpreters/compare';
import { rolloutSettings } from './monorepo';
import { BUILDERS, HOME, prepare, prepareEmulator } from './prepare';
import { disagreements, roleOf } from './rights/evaluate';
import { reasonFor } from './rights/reasons';
import { removeRights } from './rights/remove-rights';
import { openResults, type Removal } from './rights/results-file';
import { type RolePolicy, readRoles } from './rights/roles';
import { refusedCalls, rightsUsed } from './rights/usage';
import { SCENES } from './scenes/all';
import type { Scene } from './scenes/scene';
import { type Played, printCompared, printRemovals, printRights, printTable } from './table';
import type { World } from './world';

interface Options {
  readonly builder: (typeof BUILDERS)[number];
  readonly port?: number;
  readonly list?: boolean;
  readonly resume?: boolean;
}

const program = new Command('npm run rehearse --')
  .description('Deploys the stack into an emulated AWS account on this machine and plays scenes on it.')
  .argument(
    '[scenes...]',
    'names of scenes; all; rights: remove each right once; interpreters: compare both; default: the scenes of CI',
  )
  .addOption(new Option('--builder <builder>', 'what builds images').choices(BUILDERS).default('auto'))
  .option('--port <port>', "the emulator's port; default: a free one", parsePort)
  .option('--list', 'list the scenes and play none')
  .option('--resume', 'with rights: keep the results of the last run, and continue it')
  .action(async (names: readonly string[], options: Options) => {
    if (options.list) list();
    else if (names[0] === 'rights') process.exitCode = await rehearseRights(names.slice(1), options);
    else if (names.length === 1 && names[0] === 'interpreters') process.exitCode = await rehearseInterpreters();
    else process.exitCode = await rehearse(chosen(names), options);
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`rehearsal: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof RehearsalError ? error.exitCode : 1;
});

// The SDK repeats this warning in every process that a rehearsal starts.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Returns the named scenes and the ones that they require, in order. */
function chosen(names: readonly string[]): readonly Scene[] {
  const unknown = names.filter((name) => name !== 'all' && !SCENES.some((scene) => scene.name === name));
  if (unknown.length > 0) {
    const known = SCENES.map(({ name }) => name).join(', ');
    throw new RehearsalError(`there is no scene ${unknown.join(', ')}`, `choose from: all, ${known}`, 2);
  }
  const wanted = new Set(names.filter((name) => name !== 'all'));
  for (const { name, inCi, isLong } of SCENES) {
    if (names.includes('all') ? isLong !== true : names.length === 0 && inCi) wanted.add(name);
  }
  // Required scenes come before the ones that require them, so one pass from the end finds all.
  for (const scene of SCENES.toReversed()) {
    if (wanted.has(scene.name)) for (const name of scene.after ?? []) wanted.add(name);
  }
  return SCENES.filter(({ name }) => wanted.has(name));
}

function list(): void {
  for (const { name, title, inCi } of SCENES)
    process.stdout.write(`${name.padEnd(12)} ${inCi ? 'CI ' : '   '} ${title}\n`);
}

/** Runs all cases on both interpreters. Returns the exit code: 1 if there is an unknown difference. */
async function rehearseInterpreters(): Promise<number> {
  const { emulator, python, folder, close } = await prepareEmulator();
  try {
    const compared = await compareInterpreters(emulator, python, folder);
    process.stdout.write(`${printCompared(compared)}\n`);
    const wrong = compared.filter(({ problems }) => problems.length > 0);
    for (const { name, problems } of wrong) process.stderr.write(`${name}: ${problems.join('; ')}\n`);
    process.stdout.write(`${compared.length - wrong.length} passed, ${wrong.length} failed\n`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await close();
  }
}

/** The factor of waits: without a right, a refused start is retried many times. 10 seconds before a retry become 0.02. */
const RIGHTS_WAIT_SCALE = 0.002;

/** Removes each right once. Returns the exit code: 1 if a right is neither needed nor explained. */
async function rehearseRights(roles: readonly string[], { builder, port, resume = false }: Options): Promise<number> {
  const settings = (apiUrl: string, { healthUrl }: Websites) => rolloutSettings(apiUrl, healthUrl);
  const { world, close } = await prepare({ builder, port, settings, onStep: () => undefined });
  try {
    await world.emulator.set({ wait_scale: RIGHTS_WAIT_SCALE });
    const results = openResults(join(HOME, 'rights.jsonl'), resume);
    const isExplained = ({ role, action, outcome }: Removal) =>
      outcome === 'fails' || (outcome !== 'unclear' && reasonFor(role, action) !== undefined);
    const removals = await removeRights(world, roles, results, (each) =>
      process.stdout.write(`${each.role} ${each.action}: ${each.outcome}${isExplained(each) ? '' : ', UNEXPLAINED'}\n`),
    );
    const explained = removals.filter(isExplained).length;
    process.stdout.write(`\n${printRemovals(removals)}\n${explained} passed, ${removals.length - explained} failed\n`);
    return explained === removals.length ? 0 : 1;
  } finally {
    await close();
  }
}

/** Plays scenes in order until one fails. Returns the exit code. */
async function rehearse(scenes: readonly Scene[], { builder, port }: Options): Promise<number> {
  const played: Played[] = [];
  const onStep = (name: string, ms: number) => played.push({ name, seconds: ms / 1000, checked: [] });
  const { world, builder: built, close } = await prepare({ builder, port, onStep });
  const memory = emptyMemory();
  let roles: readonly RolePolicy[] = [];
  const allCalls: RecordedCall[] = [];
  try {
    process.stdout.write(`images are built by ${built}\n`);
    for (const scene of scenes) {
      const since = performance.now();
      const seconds = () => (performance.now() - since) / 1000;
      try {
        const checked = await scene.play(world);
        if (!scene.endsStack) roles = await readRoles(world.clients.iam, world.stack.name);
        const invariants = scene.endsStack ? [] : await checkInvariants(world, memory);
        const calls = await checkCalls(world, roles);
        allCalls.push(...calls);
        const all = [...checked, ...invariants, `${calls.length} calls`];
        played.push({ name: scene.name, seconds: seconds(), checked: all });
        process.stdout.write(`${scene.name} ${seconds().toFixed(1)} s\n`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        played.push({ name: scene.name, seconds: seconds(), checked: [], failed: message });
        break;
      }
    }
  } finally {
    await close();
  }
  process.stdout.write(`\n${printTable(played)}\n\n${printRights(rightsUsed(roles, allCalls, world.stack.name))}\n`);
  const failed = played.filter((scene) => scene.failed !== undefined);
  for (const { name, failed: message } of failed) process.stderr.write(`\nscene ${name} failed: ${message}\n`);
  const passed = scenes.length - failed.length;
  process.stdout.write(`${failed.length === 0 ? passed : played.length} passed, ${failed.length} failed\n`);
  return failed.length === 0 ? 0 : 1;
}

/**
 * Returns all calls of the stack's roles since the last scene. Throws if the deployed policies and the emulator decide one differently, or if one
 * was refused: a step that continues without a right hides that it lacks it, or does not need it.
 */
async function checkCalls(world: World, roles: readonly RolePolicy[]): Promise<readonly RecordedCall[]> {
  const calls = await world.emulator.takeCalls();
  const names = new Set(roles.map(({ role }) => role));
  const own = calls.filter((call) => names.has(roleOf(call)));
  const [first] = disagreements(own, roles);
  if (first !== undefined) {
    const { call, allowedHere } = first;
    const decision = allowedHere ? 'allows' : 'refuses';
    throw new Error(
      `the deployed policy ${decision} ${call.action} on ${call.resource} by ${call.principal} ${call.keys}; the emulator decides otherwise`,
    );
  }
  const refused = refusedCalls(own, world.stack.name);
  if (refused.length > 0) throw new Error(`calls were refused: ${refused.join('; ')}`);
  return own;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new RehearsalError(`'${text}' is not a port`, 'choose a number from 1 to 65535', 2);
}
