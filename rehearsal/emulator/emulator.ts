/** Starts and stops the emulated AWS: one process on loopback, with the launcher's patches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RehearsalError } from '../failure';
import { freePort } from '../product';
import type { PythonEnvironment } from './python';

/** The account and region of every rehearsal. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const REGISTRY_HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const PROJECT = resolve(__dirname, '../..');
/** The path of the script that redirects requests for AWS's hosts; loaded by `node --require`. */
export const HOST_HOOK = join(__dirname, 'host-hook.cjs');

/** The factor of all waits before retries: 10 seconds become 0.2. */
const WAIT_SCALE = 0.02;
const START_MS = 60_000;

export interface EmulatorOptions {
  readonly python: PythonEnvironment;
  /** The address of the build machine. */
  readonly buildMachine: string;
  /** `host:port` of the websites that functions call. */
  readonly websites?: string;
  readonly logFile: string;
  /** Default: a free port. */
  readonly port?: number;
}

/** A call by a role's session, with the emulator's decision. */
export interface RecordedCall {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The condition keys of the request, as JSON. */
  readonly keys: string;
  readonly allowed: boolean;
  /** The number of equal calls. */
  readonly count: number;
}

/** The settings of a running emulator. */
export interface EmulatorSettings {
  /** The seconds by which the clock of schedules is ahead. */
  readonly clock_ahead?: number;
  /** The factor of waits before retries. */
  readonly wait_scale?: number;
  /** The factor of the time limit of an approval. */
  readonly answer_scale?: number;
}

/** A vulnerability that every image scan finds. */
export interface Finding {
  readonly name: string;
  readonly severity: string;
}

export interface Emulator {
  readonly url: string;
  /** Environment variables for AWS's clients, with the credentials of the account's root. */
  readonly env: Readonly<Record<string, string>>;
  set(values: EmulatorSettings): Promise<void>;
  /** Sets what image scans find from now on. */
  setFindings(findings: readonly Finding[]): Promise<void>;
  /** Returns all calls of roles since the last call of this function. */
  takeCalls(): Promise<readonly RecordedCall[]>;
  /** Ends the processes of all functions, so that the next call of each is a cold start. */
  endWarmFunctions(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the emulator, and waits until it answers. Throws `RehearsalError` if the port is in use or the emulator does not start. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  if (!(await isFree(port))) {
    throw new RehearsalError(`port ${port} of 127.0.0.1 is in use`, 'omit --port to use a free one', 2);
  }
  const child = spawn(options.python.program('python'), [join(__dirname, 'launcher.py')], {
    env: { ...inherited(), ...emulatorVariables(options, port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  await untilReady(child, url, port, options.logFile);
  const control = async (name: string, values: object) => {
    const reply = await fetch(`${url}/_rehearsal/${name}`, { method: 'POST', body: JSON.stringify(values) });
    if (!reply.ok) throw new Error(`the emulator answered ${reply.status} to ${name}`);
    return reply.json();
  };
  return {
    url,
    env: clientVariables(url),
    set: async (values) => void (await control('set', values)),
    setFindings: async (findings) => void (await control('findings', { findings })),
    takeCalls: async () => (await control('calls', {})) as RecordedCall[],
    endWarmFunctions: async () => void (await control('cold', {})),
    stop: () => stop(child),
  };
}

/** Returns the address for AWS's clients, and credentials: for the emulator, an account's number is the access key of its root. */
function clientVariables(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    REHEARSAL_REGISTRY: url.replace('http://', ''),
  };
}

function emulatorVariables(
  { buildMachine, websites = '' }: EmulatorOptions,
  port: number,
): Readonly<Record<string, string>> {
  return {
    AUTH: 'true',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    LOG_LEVEL: 'WARNING',
    IOT_MTLS_ENABLED: '0',
    // Functions run as Node processes on this machine. Lambda's runtime contains the SDK, so that it is on their path.
    LAMBDA_EXECUTOR: 'local',
    NODE_PATH: join(PROJECT, 'node_modules'),
    NODE_OPTIONS: `--require ${HOST_HOOK}`,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    REHEARSAL_REGISTRY: `127.0.0.1:${port}`,
    REHEARSAL_WEBSITES: websites,
    REHEARSAL_BUILD_MACHINE: buildMachine,
    REHEARSAL_WAIT_SCALE: String(WAIT_SCALE),
    PATH: [dirname(process.execPath), process.env.PATH].join(':'),
  };
}

/** Returns the environment of this process without settings for a real AWS. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|NODE_)/.test(name)));
}

async function untilReady(child: ChildProcess, url: string, port: number, logFile: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) {
      throw new RehearsalError(
        `the emulator ended with exit code ${child.exitCode} on port ${port}`,
        `read ${logFile}`,
      );
    }
    if (await answers(url)) return;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new RehearsalError(`the emulator did not answer within ${START_MS / 1000} s`, `read ${logFile}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/_rehearsal/ready`, { method: 'POST', body: '{}', signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(forced);
}
