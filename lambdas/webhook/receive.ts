/** The webhook step: an authentic push to a branch that is built starts one run, however often it is delivered. */
import { messageOf } from '../../core/contract/errors';
import type { ExecutionStarter, KnownRun, PreviewStarter, WebhookSecrets } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { isTooDeep, MAX_LEVELS } from '../../core/text/json';
import { azureWebhook } from '../../core/webhook/azure';
import { bitbucketWebhook } from '../../core/webhook/bitbucket';
import { bitbucketServerWebhook } from '../../core/webhook/bitbucket-server';
import { noWebhook } from '../../core/webhook/codecommit';
import { catchUpName, decidePullRequest, decidePush, isCaughtUp, type PushDecision } from '../../core/webhook/decide';
import { gitHubWebhook } from '../../core/webhook/github';
import { gitLabWebhook } from '../../core/webhook/gitlab';
import type { PullRequest, Push, WebhookEvent, WebhookSource } from '../../core/webhook/payload';
import type { Delivery, WebhookReply } from './delivery';

export interface WebhookDependencies {
  readonly settings: Settings;
  readonly secrets: WebhookSecrets;
  readonly executions: ExecutionStarter;
  /** Undefined if pull requests cannot be commented. */
  readonly previews?: PreviewStarter;
  readonly clock: Pick<Clock, 'now'>;
}

/** A repository on this machine signs as GitHub does. */
const SOURCES: Readonly<Record<Settings['git']['host'], WebhookSource>> = {
  github: gitHubWebhook,
  gitlab: gitLabWebhook,
  gitea: gitHubWebhook,
  bitbucket: bitbucketWebhook,
  'bitbucket-data-center': bitbucketServerWebhook,
  'azure-devops': azureWebhook,
  codecommit: noWebhook,
  local: gitHubWebhook,
};

/**
 * Replies 2xx to an authentic delivery, 401 to any other, and 503 only if another delivery would help. Until the signature is verified,
 * the body is not parsed, and nothing but the secrets is read.
 */
export async function receiveStep(
  delivery: Delivery | undefined,
  dependencies: WebhookDependencies,
): Promise<WebhookReply> {
  if (delivery === undefined) return refuse(413, 'the body is too large');
  const source = SOURCES[dependencies.settings.git.host];
  try {
    if (!(await isAuthentic(source, delivery, dependencies))) return refuse(401, 'the signature is missing or wrong');
  } catch (error) {
    return fail('the webhook secret cannot be read', error);
  }
  const reply = await receiveAuthentic(source, delivery, dependencies);
  return { ...reply, log: { ...headerFacts(source, delivery), ...reply.log } };
}

async function isAuthentic(
  source: WebhookSource,
  { headers, body }: Delivery,
  { secrets, clock }: WebhookDependencies,
): Promise<boolean> {
  if (!source.isSigned(headers)) return false;
  const isSignedBy = (some: readonly string[]) => source.isAuthentic(headers, body, some, clock.now());
  const known = await secrets.current();
  if (await isSignedBy(known)) return true;
  // Only new secrets: a forged delivery must not cause the same work twice.
  return isSignedBy((await secrets.refreshed()).filter((secret) => !known.includes(secret)));
}

async function receiveAuthentic(
  source: WebhookSource,
  { headers, body }: Delivery,
  dependencies: WebhookDependencies,
): Promise<WebhookReply> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refuse(415, 'set the content type of the webhook to application/json');
  }
  const payload = parseJson(body);
  if ('problem' in payload) return refuse(400, payload.problem);
  return receiveEvent(source.readEvent(headers, payload.value), dependencies);
}

/** Receives the event of an authentic delivery. */
export async function receiveEvent(
  event: WebhookEvent,
  { settings, executions, previews }: Pick<WebhookDependencies, 'settings' | 'executions' | 'previews'>,
): Promise<WebhookReply> {
  if (event.kind === 'other') return ignore(event.reason);
  if (event.kind === 'unreadable') return refuse(400, event.problem);
  if (event.kind === 'pull-request') {
    const reply = await receivePullRequest(event.pullRequest, settings, previews);
    return { ...reply, log: { ...pullRequestFacts(event.pullRequest), ...reply.log } };
  }
  return receivePushes(event.pushes, settings, executions);
}

/** The reply to a delivery of several pushes is that of the first one here. */
const WEIGHTS: readonly WebhookReply['result'][] = ['failed', 'refused', 'started', 'already', 'ignored'];

/** Receives each push. After a failure, the others wait for the next delivery. */
async function receivePushes(
  pushes: readonly Push[],
  settings: Settings,
  executions: ExecutionStarter,
): Promise<WebhookReply> {
  const replies: WebhookReply[] = [];
  for (const push of pushes) {
    const reply = await receivePush(push, settings, executions);
    replies.push({ ...reply, log: { ...pushFacts(push), ...reply.log } });
    if (reply.result === 'failed') break;
  }
  const [reply] = replies.sort((one, other) => WEIGHTS.indexOf(one.result) - WEIGHTS.indexOf(other.result));
  return reply ?? ignore('the push changes no branch');
}

async function receivePush(push: Push, settings: Settings, executions: ExecutionStarter): Promise<WebhookReply> {
  const decision = decidePush(push, settings);
  if (decision.kind === 'ignore') return ignore(decision.reason);
  try {
    return await startPush(decision, executions);
  } catch (error) {
    return fail('the run cannot be started now; deliver again', error);
  }
}

async function receivePullRequest(
  pullRequest: PullRequest,
  settings: Settings,
  previews: PreviewStarter | undefined,
): Promise<WebhookReply> {
  const decision = decidePullRequest(pullRequest, settings);
  if (decision.kind === 'ignore') return ignore(decision.reason);
  if (previews === undefined) return ignore('pull requests are not planned by this pipeline');
  try {
    await previews.start(decision.request);
    return { status: 202, result: 'started', reason: 'its plan is being made; nothing is built for a pull request' };
  } catch (error) {
    return fail('the plan cannot be made now; deliver again', error);
  }
}

/** Wrapped, so that the value `null` differs from a body that cannot be read. */
function parseJson(body: Buffer): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isTooDeep(value) ? { problem: `the body nests deeper than ${MAX_LEVELS} levels` } : { value };
  } catch {
    return { problem: 'the body is not JSON' };
  }
}

function ignore(reason: string): WebhookReply {
  return { status: 200, result: 'ignored', reason };
}

function refuse(status: 400 | 401 | 413 | 415, reason: string): WebhookReply {
  return { status, result: 'refused', reason };
}

/** The cause is logged, and not sent to the git host. */
function fail(reason: string, error: unknown): WebhookReply {
  return { status: 503, result: 'failed', reason, log: { error: messageOf(error).slice(0, 300) } };
}

function pushFacts({ repositoryId, ref, after }: Push): Record<string, string | number> {
  return { repositoryId, ref: ref.slice(0, 260), commit: after };
}

function pullRequestFacts({ repositoryId, number, commit }: PullRequest): Record<string, string | number> {
  return { repositoryId, pullRequest: number, commit };
}

function headerFacts({ loggedHeaders }: WebhookSource, { headers }: Delivery): Record<string, string> {
  const facts = Object.entries(loggedHeaders).map(([name, header]) => [name, headers[header]?.slice(0, 64)] as const);
  return Object.fromEntries(facts.filter((fact): fact is [string, string] => fact[1] !== undefined));
}

type PushStart = Extract<PushDecision, { kind: 'start' }>;

/** After this many failed runs of one push, a person has to find the cause. */
const MAX_RUNS = 9;

/**
 * Starts the run of a push once, however often it is delivered, and again only if the earlier run failed. A name is used while a run is
 * open and for 90 days after. After a failed run the next name is used. It also depends on the push alone, so that two deliveries at the same
 * time choose the same one. If the reconcile step has started the run already, nothing is started. Throws errors of the starter.
 */
async function startPush(push: PushStart, executions: ExecutionStarter): Promise<WebhookReply> {
  const caughtUp = await findCaughtUp(push, executions);
  if (caughtUp !== undefined) {
    return { status: 200, result: 'already', reason: 'the reconcile step started its run', run: caughtUp.name };
  }
  for (let attempt = 1; attempt <= MAX_RUNS; attempt += 1) {
    const run = attempt === 1 ? push.name : `${push.name}-${attempt}`;
    if ((await executions.start({ name: run, input: push.input })) === 'started') {
      const reason = attempt === 1 ? 'a run was started' : `a run was started after ${attempt - 1} that failed`;
      return { status: 202, result: 'started', reason, run };
    }
    const earlier = (await executions.find(run))?.status;
    if (earlier === 'FAILED') continue;
    const reason = earlier === 'RUNNING' ? 'its run is open' : 'its run has ended';
    return { status: 200, result: 'already', reason, run };
  }
  return {
    status: 200,
    result: 'ignored',
    reason: `${MAX_RUNS} runs of this push failed; fix the cause, then start one with: pipeline start push`,
  };
}

/** Returns the run of the reconcile step for the push. Its runs of a head are counted from 0; most heads have none. */
async function findCaughtUp(push: PushStart, executions: ExecutionStarter): Promise<KnownRun | undefined> {
  const { ref, commit } = push.input;
  for (let earlier = 0; earlier < MAX_RUNS; earlier += 1) {
    const run = await executions.find(catchUpName(ref, commit, earlier));
    if (run === undefined || isCaughtUp(push, run)) return run;
  }
  return undefined;
}
