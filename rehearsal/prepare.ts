/** Prepares a rehearsal: Python environment, emulator, git host, build machine, bootstrapped account, deployed stack. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBuildMachine } from './build-machine/build-machine';
import { makePrograms } from './build-machine/programs';
import { createCdk } from './deployment';
import { type Emulator, REGISTRY_HOST, startEmulator } from './emulator/emulator';
import { type PythonEnvironment, pythonEnvironment } from './emulator/python';
import { startWebsites, type Websites } from './emulator/websites';
import { RehearsalError } from './failure';
import { CATALOG, FILES, STACK, settings as standardSettings } from './monorepo';
import { createRepository, findDockerEngine, startFakeGitHub, TOKEN } from './product';
import { createWorld, type World } from './world';

/** The folder of the Python environment and of the last rehearsal's logs. */
export const HOME = resolve(__dirname, '../.local/rehearsal');

export const BUILDERS = ['auto', 'docker', 'embedded'] as const;

export interface PrepareOptions {
  readonly builder: (typeof BUILDERS)[number];
  /** The emulator's port. Default: a free port. */
  readonly port?: number | undefined;
  /** Returns the settings to deploy. Default: those of `monorepo.ts`. */
  readonly settings?: (apiUrl: string, websites: Websites) => object;
  /** Called after each step with its duration in milliseconds. */
  readonly onStep: (step: string, ms: number) => void;
}

export interface Prepared {
  readonly world: World;
  /** Describes what builds images: the engine with its version, or the embedded builder. */
  readonly builder: string;
  close(): Promise<void>;
}

/** Prepares all parts and deploys the app. Throws `RehearsalError` if something is missing. After an error, all started parts are stopped. */
export async function prepare({
  builder,
  port,
  settings = (apiUrl) => standardSettings(apiUrl),
  onStep,
}: PrepareOptions): Promise<Prepared> {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    for (const stop of closing.splice(0).reverse()) await stop();
  };
  const close = () => {
    closed ??= closeAll();
    return closed;
  };
  // Ctrl-C leaves no emulator and no folder behind. Both the terminal and tsx send the signal, so it may arrive twice.
  process.on('SIGINT', () => void close().finally(() => process.exit(130)));
  process.on('SIGTERM', () => void close().finally(() => process.exit(143)));
  const step = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    const since = performance.now();
    const value = await work();
    onStep(name, performance.now() - since);
    return value;
  };
  try {
    const engine = builder === 'embedded' ? undefined : await findDockerEngine();
    if (engine === undefined && builder === 'docker') throw noEngine();
    await mkdir(HOME, { recursive: true });
    const python = await step('Python environment', () => pythonEnvironment(HOME));
    const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const logs = join(HOME, 'logs');
    await rm(logs, { recursive: true, force: true });
    await mkdir(logs, { recursive: true });
    const programs = join(folder, 'programs');
    await makePrograms(programs, python, engine);
    const setup = () => ({ programs, endpoint: emulator.url, registryHost: REGISTRY_HOST, logs });
    const machine = await startBuildMachine(setup, availableParallelism());
    closing.push(() => machine.stop());
    const websites = await startWebsites();
    closing.push(() => websites.stop());
    const logFile = join(logs, 'emulator.log');
    const options = { python, buildMachine: machine.url, websites: websites.address, logFile, port };
    const emulator = await step('emulator', () => startEmulator(options));
    closing.push(() => emulator.stop());
    const repository = createRepository();
    closing.push(() => repository.remove());
    const github = await startFakeGitHub(repository);
    closing.push(() => github.stop());
    repository.commit('main', FILES, 'first');
    for (const branch of ['develop', 'live']) repository.git('branch', branch, 'main');
    const cdk = createCdk(emulator, folder);
    const world = createWorld({ emulator, machine, cdk, repository, github, websites, folder }, python);
    const app = { settings: settings(github.apiUrl, websites), catalog: CATALOG };
    const assembly = await step('cdk synth', () => cdk.synth('first', app));
    await step('cdk bootstrap', () => cdk.bootstrap(assembly));
    const outputs = await step('cdk deploy', () => cdk.deploy(assembly));
    world.stack = { name: STACK, assembly, settings: app.settings, outputs };
    await putGitToken(world);
    await setBlobMounting(world, 'ENABLED');
    return { world, builder: engine === undefined ? 'the embedded builder' : `Docker ${engine.version}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Prepares only the emulator, with an empty account and without a build machine, and a folder for files. */
export async function prepareEmulator(): Promise<{
  readonly emulator: Emulator;
  readonly python: PythonEnvironment;
  readonly folder: string;
  close(): Promise<void>;
}> {
  const python = await pythonEnvironment(HOME);
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
  const options = { python, buildMachine: 'http://127.0.0.1:1', logFile: join(folder, 'emulator.log') };
  const emulator = await startEmulator(options);
  return {
    emulator,
    python,
    folder,
    close: async () => {
      await emulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Puts the git host's token into the stack's secret. */
export async function putGitToken(world: World): Promise<void> {
  const secret = ['--secret-id', world.stack.outputs.GitSecretArn ?? '', '--secret-string', TOKEN];
  await world.aws('secretsmanager', 'put-secret-value', ...secret);
}

/** Makes releases mount the layers of candidates, as `pipeline doctor` recommends, or copy them. */
export async function setBlobMounting(world: World, value: 'ENABLED' | 'DISABLED'): Promise<void> {
  await world.aws('ecr', 'put-account-setting', '--name', 'BLOB_MOUNTING', '--value', value);
}

function noEngine(): RehearsalError {
  const fix = 'start one (Debian: apt-get install docker.io, then dockerd), or omit --builder';
  return new RehearsalError('no Docker engine answers, or its client cannot build', fix, 2);
}
