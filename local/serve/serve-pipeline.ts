/** Serves a local pipeline: it waits for pushes, the AWS command line and the SDK, as the deployed one does. */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../../adapters/clock';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { InvalidInputError } from '../../core/contract/errors';
import type { GitHost } from '../../core/ports/git';
import type { Settings } from '../../core/settings/schema';
import { receiveStep, type WebhookDependencies } from '../../lambdas/webhook/receive';
import type { OwnProgram } from '../board/child-command';
import { type ActOnRun, openHomeSource } from '../board/open-home';
import { type OpenedBoard, openBoardApp } from '../board/serve-board';
import { homePaths, localRepository, readLocalSettings, refuseUnwritable, servedAt } from '../runtime/home';
import { type LocalPipelineOptions, openLocalPipeline } from '../runtime/pipeline';
import { taskStates } from '../runtime/state-machine';
import { nameInArn, openExecutionStore } from './execution-store';
import { type Executions, openExecutions } from './executions';
import { startHttpServer } from './http-server';
import { installPushHook, keepWebhookSecret } from './push-hook';
import { createStatesApi } from './states-api';

/** Options of the server, with the tools that build. */
export interface ServeOptions extends Omit<LocalPipelineOptions, 'local' | 'catalogText'> {
  /** 0: any free one. */
  readonly port: number;
  /** Services whose builds fail on purpose. */
  readonly refuse: ReadonlySet<string>;
  /** This program, with which the board starts its commands. */
  readonly program: OwnProgram;
  /** Called with each delivery and each internal error, as one object to log, without secrets and bodies. */
  readonly onEvent: (event: object) => void;
}

/** A served pipeline. */
export interface Serving {
  readonly url: string;
  /** The address that lets a browser act on the board. */
  readonly board: string;
  readonly hook: string;
  readonly secretFile: string;
  /** Stops the runs and the server. */
  close(): Promise<void>;
}

/**
 * Starts the server with a state machine for the current catalog. Throws `InvalidInput` if the home is served already, if there is no
 * catalog, or if the repository has another hook for pushes.
 */
export async function servePipeline({
  home,
  port,
  refuse,
  program,
  onEvent,
  ...tools
}: ServeOptions): Promise<Serving> {
  const paths = homePaths(resolve(home));
  const local = await readLocalSettings(home);
  const { settings } = local;
  const repository = localRepository(settings);
  await refuseUnwritable(home);
  await refuseIfServed(resolve(home));
  const secrets = await keepWebhookSecret(paths.webhookSecret);
  const catalogText = await readCatalog(createLocalGitHost(repository), settings);
  const hook = await installPushHook(repository, { address: paths.serving, secret: paths.webhookSecret });
  const pipeline = await openLocalPipeline({ home, local, catalogText, ...tools });
  try {
    const executions = await openExecutions({
      store: openExecutionStore(paths.executions),
      run: async (request) =>
        (await pipeline.run({ ...request, refuse, onNotice: (text) => onEvent({ message: 'notice', text }) }))
          .execution,
      resources: new Map(taskStates(pipeline.definition).map(({ name, resource }) => [name, resource])),
      clock: systemClock,
    });
    const webhook = { settings, secrets, clock: systemClock, executions: startsRuns(executions) };
    const api = createStatesApi(
      executions,
      { definition: pipeline.definition, createdAt: systemClock.now() },
      pipeline.store,
    );
    const onFault = (message: string) => onEvent({ message: 'fault', error: message });
    let board: OpenedBoard | undefined;
    const server = await startHttpServer({
      port,
      // It needs the address of this server, and opens a moment later.
      board: (request) => board?.fetch(request) ?? new Response('the board is starting', { status: 503 }),
      identity: { serves: resolve(home) },
      receive: async (delivery) => {
        const { log, ...reply } = await receiveStep(delivery, webhook);
        onEvent({ message: 'webhook delivery', ...reply, ...log });
        return reply;
      },
      operate: (name, body) => api(name)(body),
      onFault,
    });
    const url = `http://127.0.0.1:${server.port}`;
    const source = await openHomeSource(home, { endpoint: url, act: actOn(executions) });
    board = openBoardApp({ source, program, now: () => systemClock.now(), onFault });
    await writeFileAtomically(paths.serving, `${JSON.stringify({ url })}\n`);
    return {
      url,
      board: `${url}${board.entryPath}`,
      hook,
      secretFile: paths.webhookSecret,
      close: async () => {
        await rm(paths.serving, { force: true });
        await server.close();
        await executions.close();
        await pipeline.close();
      },
    };
  } catch (error) {
    await pipeline.close();
    throw error;
  }
}

/** Stops and redrives executions for the board. */
function actOn(executions: Executions): ActOnRun {
  return async (action, arn) => {
    const name = nameInArn(arn) ?? '';
    const reason = { error: 'Aborted', cause: 'the run was stopped on the board' };
    const done = action === 'stop' ? await executions.stop(name, reason) : await executions.redrive(name);
    if (done === undefined)
      throw new Error(`the run cannot be ${action === 'stop' ? 'stopped' : 'redriven'} as it is now`);
  };
}

/** The executions, as the webhook step uses Step Functions. A stopped one counts as failed, as in AWS. */
function startsRuns(executions: Executions): WebhookDependencies['executions'] {
  return {
    start: async ({ name, input }) =>
      (await executions.start(name, JSON.stringify(input))) === 'taken' ? 'already' : 'started',
    find: async (name) => {
      const found = executions.find(name);
      if (found === undefined) return undefined;
      const { status, startedAt } = found;
      return { name, status: status === 'ABORTED' ? 'FAILED' : status, startedAt };
    },
  };
}

/** Each of two servers on one home would treat the other's runs as interrupted. */
async function refuseIfServed(home: string): Promise<void> {
  const url = await servedAt(home);
  if (url === undefined) return;
  throw new InvalidInputError('the home cannot be served', [{ path: home, message: `is served already, at ${url}` }]);
}

/** Returns the catalog at `HEAD`, or on the first branch of the branch rules that has one. */
async function readCatalog(git: Pick<GitHost, 'resolve' | 'readFiles'>, settings: Settings): Promise<string> {
  const branches = settings.branches.map(({ branch }) => branch).filter((branch) => !branch.includes('*'));
  for (const ref of ['HEAD', ...branches.map((branch) => `refs/heads/${branch}`)]) {
    const commit = await git.resolve(ref).catch(() => undefined);
    const text = commit && (await git.readFiles(commit, [settings.catalogFile])).get(settings.catalogFile);
    if (text) return text;
  }
  const message = `is neither at HEAD nor on ${branches.join(', ') || 'any branch'}; commit one, then start again`;
  throw new InvalidInputError('there is no catalog', [{ path: settings.catalogFile, message }]);
}
