/** The webhook step: an authentic push that concerns us starts one run, whatever was delivered how often. */
import { messageOf } from '../../core/contract/errors';
import type { ExecutionStarter, KnownRun, PreviewStarter, WebhookSecrets } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { isTooDeep, MOST_LEVELS } from '../../core/text/json';
import { catchUpName, decidePullRequest, decidePush, isCaughtUp, type PushDecision } from '../../core/webhook/decide';
import { gitHubWebhook } from '../../core/webhook/github';
import { gitLabWebhook } from '../../core/webhook/gitlab';
import type { PullRequest, Push, WebhookSource } from '../../core/webhook/payload';
import type { Delivery, WebhookReply } from './delivery';

export interface WebhookDependencies {
  readonly settings: Settings;
  readonly secrets: WebhookSecrets;
  readonly executions: ExecutionStarter;
  /** Undefined where nobody can be told what a pull request would build. */
  readonly previews?: PreviewStarter;
  readonly clock: Pick<Clock, 'now'>;
}

/** A repository on this machine signs as GitHub does. */
const SOURCES: Readonly<Record<Settings['git']['host'], WebhookSource>> = {
  github: gitHubWebhook,
  gitlab: gitLabWebhook,
  local: gitHubWebhook,
};

/**
 * Answers 2xx to all that is authentic, 401 to what is not, and 503 only where delivering again would help. Before the signature
 * is found right, nothing of the body is looked at, and nothing but the secrets is read.
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
  const vouchesFor = (some: readonly string[]) => source.isAuthentic(headers, body, some, clock.now());
  const known = await secrets.current();
  if (await vouchesFor(known)) return true;
  // Only what is new: a forged delivery must not cost us the same work twice.
  return vouchesFor((await secrets.refreshed()).filter((secret) => !known.includes(secret)));
}

async function receiveAuthentic(
  source: WebhookSource,
  { headers, body }: Delivery,
  { settings, executions, previews }: WebhookDependencies,
): Promise<WebhookReply> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refuse(415, 'set the content type of the webhook to application/json');
  }
  const payload = parseJson(body);
  if ('problem' in payload) return refuse(400, payload.problem);
  const event = source.readEvent(headers, payload.value);
  if (event.kind === 'other') return ignore(event.reason);
  if (event.kind === 'unreadable') return refuse(400, event.problem);
  if (event.kind === 'pull-request') {
    const reply = await receivePullRequest(event.pullRequest, settings, previews);
    return { ...reply, log: { ...pullRequestFacts(event.pullRequest), ...reply.log } };
  }
  const reply = await receivePush(event.push, settings, executions);
  return { ...reply, log: { ...pushFacts(event.push), ...reply.log } };
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
  if (previews === undefined) return ignore('pull requests are not planned here');
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
    return isTooDeep(value) ? { problem: `the body nests deeper than ${MOST_LEVELS} levels` } : { value };
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

/** What went wrong is for our log, not for the git host. */
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

// Starts the run of a push: once, however many deliveries there are; again, if the earlier run failed.

type PushStart = Extract<PushDecision, { kind: 'start' }>;

/** After so many failed runs of one push somebody should look, rather than deliver again. */
const MOST_RUNS = 9;

/**
 * The name is taken while a run is open and for 90 days after it ended. A run that failed gives way to the next name, which is
 * also a function of the push: two deliveries at the same time name the same one. A delivery that comes after the reconcile step
 * has started the run is too late. Throws what the starter throws.
 */
async function startPush(push: PushStart, executions: ExecutionStarter): Promise<WebhookReply> {
  const caughtUp = await findCaughtUp(push, executions);
  if (caughtUp !== undefined) {
    return { status: 200, result: 'already', reason: 'its run was started without a delivery', run: caughtUp.name };
  }
  for (let attempt = 1; attempt <= MOST_RUNS; attempt += 1) {
    const run = attempt === 1 ? push.name : `${push.name}-${attempt}`;
    if ((await executions.start({ name: run, input: push.input })) === 'started') {
      const reason = attempt === 1 ? 'a run was started' : `a run was started, as ${attempt - 1} before it failed`;
      return { status: 202, result: 'started', reason, run };
    }
    const earlier = (await executions.find(run))?.status;
    if (earlier === 'FAILED') continue;
    const reason = earlier === 'RUNNING' ? 'its run is under way' : 'its run was made before';
    return { status: 200, result: 'already', reason, run };
  }
  return {
    status: 200,
    result: 'ignored',
    reason: `${MOST_RUNS} runs of this push failed; start the next one by hand`,
  };
}

/** The reconcile step counts its runs of a head from 0; most heads never had one. */
async function findCaughtUp(push: PushStart, executions: ExecutionStarter): Promise<KnownRun | undefined> {
  const { ref, commit } = push.input;
  for (let earlier = 0; earlier < MOST_RUNS; earlier += 1) {
    const run = await executions.find(catchUpName(ref, commit, earlier));
    if (run === undefined || isCaughtUp(push, run)) return run;
  }
  return undefined;
}
