/** A served pipeline that plays a schedule of pushes and deliveries, with the deployed reconcile step. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionLister, createExecutionStarter } from '../../../adapters/aws/executions';
import { systemClock } from '../../../adapters/clock';
import { createDiskObjectStore } from '../../../adapters/disk/disk-store';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import type { GitHost } from '../../../core/ports/git';
import type { KnownRun } from '../../../core/ports/runs';
import type { Settings } from '../../../core/settings/schema';
import { hidesPush, needsRun } from '../../../lambdas/reconcile/needs-run';
import { type ReconcileResult, reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { homePaths, readLocalSettings } from '../../../local/runtime/home';
import { STATE_MACHINE_ARN } from '../../../local/serve/execution-store';
import type { ScheduledPush } from './delivery-schedule';
import { type DeliveryAnswer, postDelivery } from './post-delivery';
import { type ServedPipeline, servePipelineOfTests } from './served-pipeline';

const CREDENTIALS = { region: 'local-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const FILE_OF = {
  etcd: 'etcd/conf',
  auth: 'auth/main.py',
  restapi: 'rest_api/main.py',
  ngui: 'ngui/index.html',
} as const;

/** A played push. `at` is in seconds since 1970. */
export interface PlayedPush extends ScheduledPush {
  readonly number: number;
  readonly before: string;
  readonly after: string;
  readonly at: number;
}

export interface DeliveryWorld {
  readonly served: ServedPipeline;
  readonly git: GitHost;
  readonly settings: Settings;
  /** Pushes without a delivery. A forced push first waits for all open runs, so that the branch stays at its commit. */
  push(push: ScheduledPush, number: number, earlier: readonly PlayedPush[]): Promise<PlayedPush>;
  /** Delivers the push once more. */
  deliver(push: PlayedPush): Promise<DeliveryAnswer>;
  reconcile(): Promise<ReconcileResult>;
  runs(): Promise<readonly KnownRun[]>;
  /** Waits until no run is open. */
  idle(): Promise<void>;
  readonly states: SFNClient;
  end(): Promise<void>;
}

/** Starts the served pipeline and releases everything from `main`. */
export async function makeDeliveryWorld(): Promise<DeliveryWorld> {
  const served = await servePipelineOfTests();
  const { settings } = await readLocalSettings(served.home);
  const git = createLocalGitHost(served.repository.path);
  const secret = readFileSync(homePaths(served.home).webhookSecret, 'utf8').trim();
  // The client retries, because an idle connection may be closed just when it is used.
  const states = new SFNClient({ ...CREDENTIALS, endpoint: served.serving().url, maxAttempts: 5 });
  const starter = createExecutionStarter(states, STATE_MACHINE_ARN);
  const lister = createExecutionLister(states, STATE_MACHINE_ARN);
  const store = createDiskObjectStore(homePaths(served.home).objects);

  async function runs(): Promise<readonly KnownRun[]> {
    const found: KnownRun[] = [];
    for await (const page of lister.pages()) found.push(...page);
    return found;
  }
  async function idle(): Promise<void> {
    while ((await runs()).some(({ status }) => status === 'RUNNING')) await systemClock.sleep(200);
  }

  await starter.start({ name: 'first', input: { action: 'release', version: 'v1.3.9', ref: 'main' } });
  await idle();
  return {
    served,
    git,
    settings,
    states,
    runs,
    idle,
    end: async () => {
      states.destroy();
      await served.end();
    },
    push: async (push, number, earlier) => {
      if (push.change.kind === 'force') await idle();
      const { before, after } = await move(push, number, earlier, served, git);
      return { ...push, number, before, after, at: Math.floor(Date.now() / 1000) };
    },
    deliver: (push) => post(push, `${served.serving().url}/webhook`, secret),
    reconcile: () =>
      reconcileStep({
        settings,
        git,
        needsRun: (push) => needsRun(push, settings, { git, valuesGit: git }),
        hidesPush: (head) => hidesPush(head, settings, { git, valuesGit: git }),
        executions: { ...starter, ...lister },
        store,
        clock: systemClock,
      }),
  };
}

async function move(
  { branch, change }: Pick<ScheduledPush, 'branch' | 'change'>,
  number: number,
  earlier: readonly PlayedPush[],
  { repository }: ServedPipeline,
  git: GitHost,
): Promise<{ readonly before: string; readonly after: string }> {
  for (;;) {
    const before = (await git.head(branch)) ?? '0'.repeat(40);
    if (change.kind !== 'change') {
      const after = change.kind === 'new' ? await git.resolve('refs/heads/main') : (earlier[change.to]?.after ?? '');
      repository.reset(branch, after);
      return { before, after };
    }
    // A run may move the branch in between. Then the push is repeated on the new head.
    const file = { path: FILE_OF[change.service], content: `push ${number}\n` };
    const attempt = await git.commit({ branch, parent: before, files: [file], message: `push ${number}` });
    if (attempt.kind === 'committed') return { before, after: attempt.commit };
  }
}

/** Posts the push like GitHub, or without a time like Gitea. Every delivery has the id of the push. */
function post(push: PlayedPush, url: string, secret: string): Promise<DeliveryAnswer> {
  const { branch, before, after, change, isTimed, at, number } = push;
  const repository = { id: 1, full_name: 'local/repository', ...(isTimed ? { pushed_at: at } : {}) };
  const payload = {
    ref: `refs/heads/${branch}`,
    before,
    after,
    forced: change.kind === 'force',
    repository,
    commits: [],
  };
  const body = JSON.stringify(payload);
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': `push-${number}`,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return postDelivery(url, { headers, body });
}
