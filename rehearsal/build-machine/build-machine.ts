/** A stand-in for CodeBuild, with its quota, queue and build statuses. Scenes can make builds wait or fail. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { listenOnLoopback, MACHINE_JOB_ENV } from '../product';
import { type BuildFailure, type BuildRecord, endBuild, enterPhase, type Order, submittedBuild } from './build';
import type { DrawnTimes } from './drawn-times';
import { type MachineSetup, runBuild } from './run-build';

/** CodeBuild queues five times the quota (user guide, "Quotas for AWS CodeBuild", "Builds in queue"). */
const QUEUE_FACTOR = 5;
/** The quota of the first user's account. */
const QUOTA = 60;

export interface BuildMachine {
  readonly url: string;
  /** All started builds, the newest last. */
  readonly orders: readonly Order[];
  /** The number of builds that may run at the same time. */
  quota: number;
  /** The highest number of builds at the same time, and the starts that were refused because the queue was full. */
  readonly counts: { mostRunning: number; refused: number };
  /** Makes the next build of the service fail. FAILED and TIMED_OUT happen while it runs, the others before. */
  failNext(service: string, status: BuildFailure['status']): void;
  /** Makes an image fail on the next machine that builds several: FAILED is its build alone, FAULT breaks the machine when it begins. */
  failTogether(service: string, status: 'FAILED' | 'FAULT'): void;
  /** Makes builds of the service wait until the returned function is called. */
  hold(service: string): () => void;
  /** Builds take these times from now on; undefined: the time that they really take. */
  times: DrawnTimes | undefined;
  /** Returns the number of stopped builds. */
  stopped(): number;
  stop(): Promise<void>;
}

interface Started {
  readonly order: Order;
  readonly build: BuildRecord;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Starts the machine on loopback. `concurrency` is the number of builds that this computer really runs at the same time. */
export async function startBuildMachine(setup: () => MachineSetup, concurrency: number): Promise<BuildMachine> {
  const builds = new Map<string, Started>();
  const orders: Order[] = [];
  const failures = new Map<string, BuildFailure['status']>();
  let together: { readonly service: string; readonly status: 'FAILED' | 'FAULT' } | undefined;
  const held = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let working = 0;
  const idle: (() => void)[] = [];

  const now = () => machine.times?.now() ?? Date.now();

  const begin = async (order: Order, build: BuildRecord, stop: AbortController): Promise<void> => {
    const seconds = machine.times?.draw(serviceOf(order));
    enterPhase(build, 'QUEUED', now());
    if (running >= machine.quota) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    machine.counts.mostRunning = Math.max(machine.counts.mostRunning, running);
    try {
      await machine.times?.pass(seconds?.queue ?? 0);
      const failure = await carryOut(order, build, stop, seconds?.provisioning ?? 0);
      await machine.times?.pass(seconds?.build ?? 0);
      endBuild(build, failure, now());
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };

  const carryOut = async (
    order: Order,
    build: BuildRecord,
    stop: AbortController,
    provisioning: number,
  ): Promise<BuildFailure | undefined> => {
    if (stop.signal.aborted) return { status: 'STOPPED', phase: 'QUEUED', message: 'Build was stopped' };
    const service = serviceOf(order);
    const failure = failures.get(service);
    failures.delete(service);
    if (failure === 'FAULT')
      return { status: 'FAULT', phase: 'PROVISIONING', message: 'the machine was asked to break' };
    await Promise.race([held.get(service), aborted(stop.signal)]);
    if (failure === 'STOPPED' || stop.signal.aborted) {
      return { status: 'STOPPED', phase: 'PROVISIONING', message: 'Build was stopped' };
    }
    if (working >= concurrency) await new Promise<void>((resolve) => idle.push(resolve));
    working += 1;
    try {
      const minutes = order.request.timeoutInMinutesOverride ?? order.project.timeoutInMinutes;
      const shared = isShared(order) ? together : undefined;
      if (shared !== undefined) together = undefined;
      const limits = {
        failing: failure === 'FAILED' ? service : shared?.status === 'FAILED' ? shared.service : undefined,
        breaking: shared?.status === 'FAULT' ? shared.service : undefined,
        timeoutMs: failure === 'TIMED_OUT' ? 50 : minutes * 60_000,
      };
      return await runBuild(
        order,
        build.id,
        setup(),
        limits,
        stop.signal,
        async (phase) => {
          enterPhase(build, phase, now());
          if (phase === 'PROVISIONING') await machine.times?.pass(provisioning);
        },
        (variables) => {
          build.exportedEnvironmentVariables = Object.entries(variables).map(([name, value]) => ({ name, value }));
        },
      );
    } finally {
      working -= 1;
      idle.shift()?.();
    }
  };

  const start = (order: Order): Reply => {
    const token = order.request.idempotencyToken;
    const earlier = [...builds.values()].find(({ order: { request } }) => token && request.idempotencyToken === token);
    if (earlier !== undefined) {
      if (isDeepStrictEqual(earlier.order.request, order.request)) return ok({ build: earlier.build });
      return refused('InvalidInputException', 'the idempotency token was used with other parameters');
    }
    if (waiting.length >= QUEUE_FACTOR * machine.quota) {
      machine.counts.refused += 1;
      const most = QUEUE_FACTOR * machine.quota;
      return refused('AccountLimitExceededException', `Cannot have more than ${most} builds in queue for the account`);
    }
    const build = submittedBuild(order, randomUUID(), now());
    const stop = new AbortController();
    orders.push(order);
    const work = () => begin(order, build, stop);
    builds.set(build.id, { order, build, stop, ended: machine.times?.during(work) ?? work() });
    return ok({ build });
  };

  const stopBuild = ({ id }: { readonly id: string }): Reply => {
    const started = builds.get(id);
    if (started === undefined) return refused('ResourceNotFoundException', `no build ${id}`);
    started.stop.abort();
    return ok({ build: started.build });
  };

  const routes: Readonly<Record<string, (body: never) => Reply | Promise<Reply>>> = {
    '/start': start,
    '/stop': stopBuild,
    '/get': ({ ids }: { readonly ids: readonly string[] }) => {
      const found = ids.flatMap((id) => builds.get(id)?.build ?? []);
      return ok({ builds: found, buildsNotFound: ids.filter((id) => !builds.has(id)) });
    },
    '/list': ({ projectName }: { readonly projectName: string }) => {
      const found = [...builds.values()].filter(({ build }) => build.projectName === projectName);
      return ok({ ids: found.map(({ build }) => build.id).reverse() });
    },
    '/wait': async ({ id }: { readonly id: string }) => {
      await builds.get(id)?.ended;
      return ok({ build: builds.get(id)?.build });
    },
  };
  const server = createServer((request, response) => void answer(request, response, routes));
  const { port, close } = await listenOnLoopback(server, 0, '');
  const machine: BuildMachine = {
    url: `http://127.0.0.1:${port}`,
    orders,
    quota: QUOTA,
    counts: { mostRunning: 0, refused: 0 },
    times: undefined,
    failNext: (service, status) => void failures.set(service, status),
    failTogether: (service, status) => {
      together = { service, status };
    },
    hold: (service) => {
      let release: () => void = () => undefined;
      held.set(
        service,
        new Promise<void>((resolve) => {
          release = resolve;
        }),
      );
      return () => {
        held.delete(service);
        release();
      };
    },
    stopped: () => [...builds.values()].filter(({ build }) => build.buildStatus === 'STOPPED').length,
    stop: async () => {
      for (const { stop } of builds.values()) stop.abort();
      await Promise.allSettled([...builds.values()].map(({ ended }) => ended));
      await close();
    },
  };
  return machine;
}

const NAME_VARIABLES: ReadonlySet<string> = new Set(['SERVICE', 'MODULE', 'COMMAND_NAME']);

/** Returns the name of the service, module or command that is built; empty for several images. */
export function serviceOf({ request: { environmentVariablesOverride = [] } }: Order): string {
  return environmentVariablesOverride.find(({ name }) => NAME_VARIABLES.has(name))?.value ?? '';
}

/** Returns true if the machine builds several images. */
export function isShared({ request: { environmentVariablesOverride = [] } }: Order): boolean {
  return environmentVariablesOverride.some(({ name }) => name === MACHINE_JOB_ENV.list);
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function refused(type: string, message: string): Reply {
  return { status: 400, body: { __type: type, message } };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Readonly<Record<string, (body: never) => Reply | Promise<Reply>>>,
): Promise<void> {
  const route = routes[request.url ?? ''];
  const reply =
    route === undefined
      ? refused('InvalidAction', request.url ?? '')
      : await route(JSON.parse(await text(request)) as never);
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}
