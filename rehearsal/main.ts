/** `npm run rehearse`: deploys the stack into an emulated account and plays scenes on it. */
import { Command, Option } from 'commander';
import { checkInvariants, emptyMemory } from './checks/invariants';
import { RehearsalError } from './failure';
import { BUILDERS, prepare } from './prepare';
import { SCENES } from './scenes/all';
import type { Scene } from './scenes/scene';
import { type Played, printTable } from './table';

interface Options {
  readonly builder: (typeof BUILDERS)[number];
  readonly port?: number;
  readonly list?: boolean;
}

const program = new Command('npm run rehearse --')
  .description('Deploys the stack into an emulated AWS account on this machine and plays scenes on it.')
  .argument('[scenes...]', 'names of scenes, or all; default: those of CI')
  .addOption(new Option('--builder <builder>', 'what builds images').choices(BUILDERS).default('auto'))
  .option('--port <port>', "the emulator's port; default: a free one", parsePort)
  .option('--list', 'list the scenes and play none')
  .action(async (names: readonly string[], options: Options) => {
    process.exitCode = options.list ? list() : await rehearse(chosen(names), options);
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`rehearsal: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof RehearsalError ? error.exitCode : 1;
});

// It is told once for every process that a rehearsal starts, and each of them is of this very Node.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** The scenes of these names and those that they need before them, in order. */
function chosen(names: readonly string[]): readonly Scene[] {
  const unknown = names.filter((name) => name !== 'all' && !SCENES.some((scene) => scene.name === name));
  if (unknown.length > 0) {
    const known = SCENES.map(({ name }) => name).join(', ');
    throw new RehearsalError(`there is no scene ${unknown.join(', ')}`, `choose from: all, ${known}`, 2);
  }
  if (names.includes('all')) return SCENES;
  const wanted = new Set(names.length > 0 ? names : SCENES.filter(({ inCi }) => inCi).map(({ name }) => name));
  // Scenes that others need come before them, so that one pass from the end finds all.
  for (const scene of SCENES.toReversed()) {
    if (wanted.has(scene.name)) for (const name of scene.after ?? []) wanted.add(name);
  }
  return SCENES.filter(({ name }) => wanted.has(name));
}

function list(): number {
  for (const { name, title, inCi } of SCENES)
    process.stdout.write(`${name.padEnd(12)} ${inCi ? 'CI ' : '   '} ${title}\n`);
  return 0;
}

/** Plays them one after the other; the first that fails ends the rehearsal. Returns the exit code. */
async function rehearse(scenes: readonly Scene[], { builder, port }: Options): Promise<number> {
  const played: Played[] = [];
  const onStep = (name: string, ms: number) => played.push({ name, seconds: ms / 1000, checked: [] });
  const { world, builder: built, close } = await prepare({ builder, port, onStep });
  const memory = emptyMemory();
  try {
    process.stdout.write(`images are built by ${built}\n`);
    for (const scene of scenes) {
      const since = performance.now();
      const seconds = () => (performance.now() - since) / 1000;
      try {
        const checked = await scene.play(world);
        const invariants = scene.endsStack ? [] : await checkInvariants(world, memory, new Set());
        played.push({ name: scene.name, seconds: seconds(), checked: [...checked, ...invariants] });
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
  process.stdout.write(`\n${printTable(played)}\n`);
  const failed = played.filter((scene) => scene.failed !== undefined);
  for (const { name, failed: message } of failed) process.stderr.write(`\nscene ${name} failed: ${message}\n`);
  const passed = scenes.length - failed.length;
  process.stdout.write(`${failed.length === 0 ? passed : played.length} passed, ${failed.length} failed\n`);
  return failed.length === 0 ? 0 : 1;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new RehearsalError(`'${text}' is no port`, 'name a number from 1 to 65535', 2);
}
