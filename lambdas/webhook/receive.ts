/** The webhook step: an authentic push that concerns us starts one run, whatever was delivered how often. */
import { messageOf } from '../../core/errors';
import type { ExecutionStarter, WebhookSecrets } from '../../core/ports';
import type { Settings } from '../../core/settings';
import { decidePush } from '../../core/trigger/push-decision';
import { readGitHubEvent } from '../../core/trigger/webhook-github';
import type { Push } from '../../core/trigger/webhook-push';
import { isSigned } from '../../core/trigger/webhook-signature';
import type { Delivery, WebhookReply } from './delivery';
import { startPush } from './start-push';

export interface WebhookDependencies {
  readonly settings: Settings;
  readonly secrets: WebhookSecrets;
  readonly executions: ExecutionStarter;
}

/**
 * Answers 2xx to all that is authentic, 401 to what is not, and 503 only where delivering again would help. Before the signature
 * is found right, nothing of the body is looked at, and nothing but the secrets is read.
 */
export async function receiveStep(
  delivery: Delivery | undefined,
  dependencies: WebhookDependencies,
): Promise<WebhookReply> {
  if (delivery === undefined) return refuse(413, 'the body is too large');
  try {
    if (!(await isAuthentic(delivery, dependencies.secrets))) return refuse(401, 'the signature is missing or wrong');
  } catch (error) {
    return fail('the webhook secret cannot be read', error);
  }
  const reply = await receiveAuthentic(delivery, dependencies);
  return { ...reply, log: { ...headerFacts(delivery), ...reply.log } };
}

async function isAuthentic({ headers, body }: Delivery, secrets: WebhookSecrets): Promise<boolean> {
  const signature = headers['x-hub-signature-256'];
  if (signature === undefined) return false;
  return isSigned(body, signature, await secrets.current()) || isSigned(body, signature, await secrets.refreshed());
}

async function receiveAuthentic(
  { headers, body }: Delivery,
  { settings, executions }: WebhookDependencies,
): Promise<WebhookReply> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refuse(415, 'set the content type of the webhook to application/json');
  }
  const payload = parseJson(body);
  if (payload === undefined) return refuse(400, 'the body is no JSON');
  const event = readGitHubEvent(headers['x-github-event'], payload.value);
  if (event.kind === 'other') return ignore(event.reason);
  if (event.kind === 'unreadable') return refuse(400, event.problem);
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

/** In an object, because `undefined` and `null` would else be hard to tell apart. */
function parseJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
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

function headerFacts({ headers }: Delivery): Record<string, string> {
  const facts = { event: headers['x-github-event'], delivery: headers['x-github-delivery'] };
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [name, value.slice(0, 64)]));
}
