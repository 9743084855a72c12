/** Authorized calls to registries, below manifests and blobs: a 401 is answered once, then it is an error. */
import { ERROR_NAMES } from '../../../core/contract/errors';
import { parseRateLimit } from '../../../core/doctor/judge-registry';
import type { PullLimit } from '../../../core/image/exhausted-rate-limit';
import { DOCKER_HUB } from '../../../core/image/reference';
import type { RepositoryName } from '../../../core/ports/registry';
import type { Clock } from '../../../core/ports/store';
import { redactUrl } from '../../../core/text/redact';
import { type AddressRules, isLoopback, whyNotAllowed } from '../../http/allowed-address';
import { speaksNoTls } from '../../http/describe-failure';
import type { HttpClient } from '../../http/http-client';
import { HttpError, UnusableReplyError } from '../../http/http-error';
import { discardBody, type HttpReply, type HttpRequest } from '../../http/http-request';
import { type Authorizer, createAuthorizer } from './authorizer';
import type { CredentialSource } from './credentials';

/** The way to registries: logins, and hosts without TLS. `allowLoopback` allows those on this machine, with or without TLS. */
export interface RegistryAccess extends AddressRules {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  /** True for repositories that the client will write to: one token then allows to read and to write. Default: none. */
  readonly isWritten?: (name: RepositoryName) => boolean;
}

/** The environment variable with registries (`host:port`, separated by commas) that have no TLS. */
const PLAIN_HTTP_VARIABLE = 'PIPELINE_PLAIN_HTTP';

/** Returns the registries that the environment allows without TLS. */
export function plainHttpOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (env[PLAIN_HTTP_VARIABLE] ?? '').split(/[\s,]+/).filter((host) => host !== '');
}

/** A call below `/v2/`, or to a location that an earlier reply gave. */
interface RegistryCall extends Omit<HttpRequest, 'url'> {
  readonly host: string;
  /** Path and query after `/v2/`, or an upload location. */
  readonly target: string | UploadLocation;
  /** `repository:name:pull` and the like. */
  readonly scopes: readonly string[];
  /** True for a body that is read while other calls run: not counted in the limit per host. */
  readonly unlimited?: boolean;
}

/** The address at which an upload continues, as the registry said; checked when it was made. */
export interface UploadLocation {
  readonly url: URL;
}

export interface RegistryClient {
  /** Throws `HttpError` with the name `RegistryError`. */
  call<Result>(call: RegistryCall, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
  /** As `call`, if only status and headers of the reply matter. */
  send<Result>(call: RegistryCall, read: (reply: Omit<HttpReply, 'body'>) => Result): Promise<Result>;
  /** Returns the absolute location that a reply names. Throws `UnusableReplyError` if it must not be followed. */
  location(host: string, reply: Omit<HttpReply, 'body'>): UploadLocation;
}

interface Unauthorized {
  readonly challenge: string | null;
}

/** A registry that has answered: the root of its API, and how to be authorized there. */
interface Registry {
  readonly root: URL;
  readonly authorizer: Authorizer;
}

/** Creates a client for any number of registries. */
export function createRegistryClient({
  http,
  ...access
}: RegistryAccess & { readonly http: HttpClient }): RegistryClient {
  const registries = new Map<string, Promise<Registry>>();
  const registryOf = (host: string): Promise<Registry> => {
    const registry = registries.get(host) ?? connect(host, access, http);
    registries.set(host, registry);
    // A registry that could not be reached is tried again by the next call.
    registry.catch(() => registries.delete(host));
    return registry;
  };

  const call: RegistryClient['call'] = async ({ host, target, scopes, unlimited = false, ...rest }, read) => {
    const { root, authorizer } = await registryOf(host);
    const url = typeof target === 'string' ? new URL(`v2/${target}`, root) : target.url;
    const send = unlimited ? http.exchangeUnlimited : http.exchange;
    for (let isRepeated = false; ; isRepeated = true) {
      // An upload location on another host (S3) gets no credentials.
      const authorization = url.origin === root.origin ? await authorizer.header(scopes) : undefined;
      const headers = { ...rest.headers, ...(authorization === undefined ? {} : { authorization }) };
      const request = { ...rest, url, headers, expect: [...rest.expect, 401] };
      const result = await send(
        request,
        async (reply): Promise<Unauthorized | { value: Awaited<ReturnType<typeof read>> }> =>
          reply.status === 401
            ? { challenge: discarded(reply).headers.get('www-authenticate') }
            : { value: await read(reply) },
      ).catch(async (error: unknown) => {
        throw error instanceof HttpError ? await withAdvice(error, host, () => authorizer.hint(scopes)) : error;
      });
      if ('value' in result) return result.value;
      if (isRepeated || !authorizer.learn(result.challenge, scopes, authorization)) {
        const message = await authorizer.hint(scopes);
        const failure = { method: rest.method, url: redactUrl(url), status: 401, code: 'UNAUTHORIZED', message };
        throw new HttpError(ERROR_NAMES.registry, failure);
      }
    }
  };

  return {
    call,
    send: (request, read) => call(request, async (reply) => read(discarded(reply))),
    location: (host, reply) => {
      const text = reply.headers.get('location') ?? '';
      if (text === '' || !URL.canParse(text, reply.url.href)) {
        throw new UnusableReplyError('LOCATION', 'the registry accepted an upload and did not say where it continues');
      }
      const url = new URL(text, reply.url);
      const problem = whyNotAllowed(url, apiHost(host), access);
      if (problem !== undefined) {
        throw new UnusableReplyError('LOCATION', `the upload location ${redactUrl(url)} is not followed: ${problem}`);
      }
      return { url };
    },
  };
}

function discarded(reply: HttpReply): Omit<HttpReply, 'body'> {
  discardBody(reply);
  return reply;
}

/** Docker Hub's images are called `docker.io/...`, its registry answers elsewhere. */
function apiHost(host: string): string {
  return host === DOCKER_HUB ? 'registry-1.docker.io' : host;
}

/** Returns the root of the API, and a second one to try if the first has no TLS: on this machine both are tried, as Docker does. */
export function registryRoots(host: string, { allowLoopback, plainHttp = [] }: AddressRules): readonly [URL, URL?] {
  const secure = new URL(`https://${apiHost(host)}/`);
  const plain = new URL(`http://${apiHost(host)}/`);
  if (plainHttp.includes(host)) return [plain];
  return allowLoopback && isLoopback(secure.hostname) ? [secure, plain] : [secure];
}

/** Finds the registry's root, and learns its challenge by one request, so that concurrent first calls do not each meet a 401. */
async function connect(host: string, access: RegistryAccess, http: HttpClient): Promise<Registry> {
  const { isWritten = () => false } = access;
  const authorizer = createAuthorizer({
    ...access,
    host,
    registryHost: apiHost(host),
    http,
    isWritten: (repository) => isWritten({ host, repository }),
  });
  const greet = async (root: URL): Promise<Registry> => {
    // Any other status at this path says nothing about the calls that follow.
    const request = { method: 'GET', url: new URL('v2/', root), expect: [200, 401, 403, 404] } as const;
    await http.exchange(request, async (reply) => {
      const challenge = discarded(reply).headers.get('www-authenticate');
      if (reply.status === 401) authorizer.learn(challenge, [], undefined);
    });
    return { root, authorizer };
  };
  const [root, other] = registryRoots(host, access);
  return greet(root).catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error;
    if (other !== undefined && speaksNoTls(error)) return greet(other);
    throw withTlsAdvice(error, host, root);
  });
}

function withTlsAdvice(error: HttpError, host: string, root: URL): HttpError {
  if (speaksNoTls(error)) return error.withAdvice(`if it has no TLS, set ${PLAIN_HTTP_VARIABLE}=${host}`);
  const isMismatch = error.status === 400 || error.code === 'ECONNRESET' || error.code?.startsWith('HPE_');
  if (root.protocol === 'https:' || !isMismatch) return error;
  const where = `the settings or ${PLAIN_HTTP_VARIABLE}`;
  return error.withAdvice(`${host} was asked without TLS because ${where} say so; if it has TLS, remove it there`);
}

/** Adds what to do about a registry's refusal. */
async function withAdvice(error: HttpError, host: string, hint: () => Promise<string>): Promise<HttpError> {
  const { status, code } = error;
  if (status === 403 || code === 'DENIED') return error.withAdvice(await hint());
  if (status === 413)
    return error.withAdvice('a proxy before the registry allows less; raise its limit of request bodies');
  if (error.method === 'GET' || error.method === 'HEAD') return error;
  if (code === 'NAME_UNKNOWN') return error.withAdvice('create the repository first, or check its name');
  if (status === 405 || code === 'UNSUPPORTED') {
    return error.withAdvice(`${host} takes no pushes: it is read-only, or a mirror; push to the registry behind it`);
  }
  return isTagTaken(error) ? error.withAdvice('the tag exists and is immutable; choose another one') : error;
}

/**
 * Returns true for a manifest that was refused because its tag is immutable: 409 and 412 (Harbor, Quay), `TAG_INVALID` (ECR), or by words.
 * Such a tag exists, even if a read does not show it yet.
 */
export function isTagTaken({ status, code, failure: { url, message } }: HttpError): boolean {
  const isTaken =
    status === 409 || status === 412 || code === 'TAG_INVALID' || /\bimmutab(?:le|ility)\b/i.test(message);
  return isTaken && url.includes('/manifests/');
}

/** Creates a function that gives each client its own memory, which is forgotten with the client. */
export function perClient<Memory>(make: () => Memory): (client: RegistryClient) => Memory {
  const memories = new WeakMap<RegistryClient, Memory>();
  return (client) => {
    const memory = memories.get(client) ?? make();
    memories.set(client, memory);
    return memory;
  };
}

const pullLimits = perClient(() => new Map<string, PullLimit>());

/** Remembers the pulls that are left, which Docker Hub tells with every reply. https://docs.docker.com/docker-hub/usage/pulls/ */
export function notePulls(client: RegistryClient, host: string, { headers }: Pick<HttpReply, 'headers'>): void {
  const remaining = parseRateLimit(headers.get('ratelimit-remaining'));
  if (remaining === undefined) return;
  const limit = parseRateLimit(headers.get('ratelimit-limit'));
  pullLimits(client).set(host, {
    remaining: remaining.count,
    windowSeconds: remaining.windowSeconds,
    ...(limit === undefined ? {} : { limit: limit.count }),
  });
}

/** Returns the pulls left by the host's last reply; undefined if the registry counts none, or was not asked yet. */
export function pullsLeft(client: RegistryClient, host: string): PullLimit | undefined {
  return pullLimits(client).get(host);
}
