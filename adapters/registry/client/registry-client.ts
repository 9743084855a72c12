/** Authorised calls to registries, below manifests and blobs: a 401 is answered once, then it is an error. */
import { ERROR_NAMES } from '../../../core/contract/errors';
import { DOCKER_HUB } from '../../../core/image/reference';
import type { Clock } from '../../../core/ports/store';
import { isLoopback, whyNotAllowed } from '../../http/allowed-address';
import type { HttpClient } from '../../http/http-client';
import { HttpError, UnusableReplyError } from '../../http/http-error';
import { discardBody, type HttpReply, type HttpRequest } from '../../http/http-request';
import { redactUrl } from '../../http/redact';
import { type Authorizer, createAuthorizer } from './authorizer';
import type { CredentialSource } from './credentials';

interface RegistryClientOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly credentials: CredentialSource;
  /** Allows registries on this machine, over http. */
  readonly allowLoopback: boolean;
}

/** A call below `/v2/`, or to a `location` that an earlier reply gave. */
interface RegistryCall extends Omit<HttpRequest, 'url'> {
  readonly host: string;
  /** Path and query after `/v2/`, or an upload location. */
  readonly target: string | UploadLocation;
  /** `repository:name:pull` and the like. */
  readonly scopes: readonly string[];
  /** True for a body that is read while other calls run: not counted in the limit per host. */
  readonly unlimited?: boolean;
}

/** Where an upload goes on, as the registry said; checked when it was made. */
export interface UploadLocation {
  readonly url: URL;
}

export interface RegistryClient {
  /** Throws `HttpError` of name `RegistryError`. */
  call<Result>(call: RegistryCall, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
  /** The location a reply names, absolute. Throws `UnusableReplyError` if it must not be followed. */
  location(host: string, reply: HttpReply): UploadLocation;
}

interface Unauthorized {
  readonly challenge: string | null;
}

/** A client that talks to any number of registries. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const registries = new Map<string, Promise<Authorizer>>();
  const roots = new Map<string, URL>();

  const rootOf = (host: string): URL => {
    const root = roots.get(host) ?? registryUrl(host, options.allowLoopback);
    roots.set(host, root);
    return root;
  };

  const authorizerOf = (host: string): Promise<Authorizer> => {
    const known = registries.get(host);
    if (known !== undefined) return known;
    const url = rootOf(host);
    const authorizer = greet(createAuthorizer({ ...options, host, url }), url, options.http);
    registries.set(host, authorizer);
    // A registry that could not be reached is greeted again by the next call.
    authorizer.catch(() => registries.delete(host));
    return authorizer;
  };

  return {
    call: async (call, read) => {
      const { host, target, scopes, unlimited = false, ...rest } = call;
      const root = rootOf(host);
      const url = typeof target === 'string' ? new URL(`v2/${target}`, root) : target.url;
      const authorizer = await authorizerOf(host);
      const send = unlimited ? options.http.exchangeUnlimited : options.http.exchange;
      for (let answered = false; ; answered = true) {
        // An upload location may lie on another host (S3), which is no business of our credentials.
        const authorization = url.origin === root.origin ? await authorizer.header(scopes) : undefined;
        const headers = { ...rest.headers, ...(authorization === undefined ? {} : { authorization }) };
        const result = await send({ ...rest, url, headers, expect: [...rest.expect, 401] }, async (reply) =>
          reply.status === 401 ? unauthorized(reply) : { value: await read(reply) },
        );
        if ('value' in result) return result.value;
        if (answered || !authorizer.learn(result.challenge, scopes, authorization)) {
          throw refusal(call.method, url, await authorizer.hint());
        }
      }
    },
    location: (host, reply) => {
      const root = rootOf(host);
      const text = reply.headers.get('location') ?? '';
      if (text === '' || !URL.canParse(text, reply.url.href)) {
        throw new UnusableReplyError('LOCATION', 'the registry accepted an upload without saying where it goes on');
      }
      const url = new URL(text, reply.url);
      const problem = whyNotAllowed(url, root.host, options.allowLoopback);
      if (problem !== undefined) {
        throw new UnusableReplyError('LOCATION', `the upload location ${redactUrl(url)} is not followed: ${problem}`);
      }
      return { url };
    },
  };
}

/** One request per registry that asks for its challenge, so that 16 first calls do not each learn it by a 401. */
async function greet(authorizer: Authorizer, root: URL, http: HttpClient): Promise<Authorizer> {
  const url = new URL('v2/', root);
  // Whatever else the registry answers here says nothing about the calls that matter.
  await http.exchange({ method: 'GET', url, expect: [200, 401, 403, 404] }, async (reply) => {
    discardBody(reply);
    if (reply.status === 401) authorizer.learn(reply.headers.get('www-authenticate'), [], undefined);
  });
  return authorizer;
}

async function unauthorized(reply: HttpReply): Promise<Unauthorized> {
  discardBody(reply);
  return { challenge: reply.headers.get('www-authenticate') };
}

function refusal(method: string, url: URL, hint: string): HttpError {
  const failure = { method, url: redactUrl(url), status: 401, code: 'UNAUTHORIZED', message: hint };
  return new HttpError(ERROR_NAMES.registry, failure);
}

// From the host in an image name to the address of its registry.

/** Docker Hub's images are called `docker.io/...`, its registry answers elsewhere. */
const DOCKER_HUB_REGISTRY = 'registry-1.docker.io';

/** The root of the registry's API: http on this machine where that is allowed, else https. */
export function registryUrl(host: string, allowLoopback: boolean): URL {
  const url = new URL(`https://${host === DOCKER_HUB ? DOCKER_HUB_REGISTRY : host}/`);
  return allowLoopback && isLoopback(url.hostname) ? new URL(`http://${host}/`) : url;
}
