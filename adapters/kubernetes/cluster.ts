/** The `Cluster` port over the Kubernetes API: only `get` and `list`, page by page. */
import pLimit from 'p-limit';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { Cluster } from '../../core/ports/cluster';
import type { Clock } from '../../core/ports/store';
import { hasUnknownAuthority } from '../http/describe-failure';
import { createHttpClient, type HttpClient } from '../http/http-client';
import { HttpError } from '../http/http-error';
import { discardBody, readJson } from '../http/http-request';
import type { RetryPolicy } from '../http/retry';
import type { ClusterAccess } from './cluster-access';
import { DELIVERY_KINDS, type Kind, WORKLOAD_KINDS } from './kinds';

interface ClusterOptions {
  readonly clock: Clock;
  /** Returns numbers from 0 to 1. */
  readonly random: () => number;
  /** Default: 5 tries, with waits of up to a minute. */
  readonly retry?: RetryPolicy;
  /** Objects of one page; default 500, as `kubectl` asks for. */
  readonly pageSize?: number;
}

/** For one try, in ms. An API server ends a list after 60 s by itself. */
const TIMEOUT = 30_000;

/** One page of a list, in bytes: 500 objects, each of which etcd limits to 1.5 MiB, are far smaller in practice. */
const LARGEST_PAGE = 64 * 1024 * 1024;

/** Lists at a time, so that a watch is no load for the API server. */
const CONCURRENCY = 4;

/** Opens a cluster. Throws `ClusterError`: `HttpError` if it cannot be reached, and one error with all missing rights. None contains a login. */
export function openCluster(access: ClusterAccess, options: ClusterOptions): Cluster {
  const { clock, random, retry, pageSize = 500 } = options;
  const http = createHttpClient({
    errorName: ERROR_NAMES.cluster,
    clock,
    random,
    timeout: TIMEOUT,
    concurrency: CONCURRENCY,
    tls: access.tls,
    allowLoopback: true,
    ...(retry === undefined ? {} : { retry }),
  });
  const api: Api = { http, access, pageSize };
  return {
    snapshot: async (namespace) => ({ namespace, ...(await readKinds(api, WORKLOAD_KINDS, namespace)) }),
    deliveries: async (namespace) => ({ namespace, ...(await readKinds(api, DELIVERY_KINDS, namespace)) }),
  };
}

interface Api {
  readonly http: HttpClient;
  readonly access: ClusterAccess;
  readonly pageSize: number;
}

type Kinds = Readonly<Record<string, Kind<unknown>>>;

type Lists<Table extends Kinds> = { readonly [List in keyof Table]: readonly ItemOf<Table[List]>[] };

type ItemOf<Entry> = Entry extends Kind<infer Item> ? Item : never;

/** Reads all lists. Throws for all kinds that may not be read at once. */
async function readKinds<Table extends Kinds>(api: Api, kinds: Table, namespace: string): Promise<Lists<Table>> {
  const versions = await preferredVersions(api);
  const limit = pLimit(CONCURRENCY);
  const refused: Refusal[] = [];
  const lists = await Promise.all(
    Object.entries(kinds).map(([list, kind]) =>
      limit(async (): Promise<[string, readonly unknown[]]> => {
        const version = kind.version ?? versions.get(kind.group);
        if (version === undefined) return [list, []];
        const root = kind.group === '' ? `api/${version}` : `apis/${kind.group}/${version}`;
        // Rights are checked before the path, so that a missing kind would be refused and not missing.
        if (kind.version === undefined && !(await hasKind(api, root, kind.plural))) return [list, []];
        const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`;
        try {
          return [list, await listAll(api, path, kind)];
        } catch (error) {
          if (!(error instanceof HttpError) || error.status !== 403) throw error;
          refused.push({ kind, error });
          return [list, []];
        }
      }),
    ),
  );
  if (refused.length > 0) throw missingRights(api.access, namespace, refused);
  return Object.fromEntries(lists) as Lists<Table>;
}

/** Returns the version that the cluster prefers for each group of its API. */
async function preferredVersions(api: Api): Promise<ReadonlyMap<string, string>> {
  const found = (await getJson(api, 'apis')) as { readonly groups?: readonly ApiGroup[] } | undefined;
  if (found?.groups === undefined)
    throw new PipelineError(
      ERROR_NAMES.cluster,
      `${api.access.label}: ${api.access.server.host} does not answer as a Kubernetes API; check the address of the server`,
    );
  const { groups } = found;
  return new Map(groups.map(({ name, preferredVersion }) => [name, preferredVersion.version]));
}

interface ApiGroup {
  readonly name: string;
  readonly preferredVersion: { readonly version: string };
}

async function hasKind(api: Api, root: string, plural: string): Promise<boolean> {
  const found = (await getJson(api, root)) as { readonly resources?: readonly { readonly name: string }[] } | undefined;
  return found?.resources?.some(({ name }) => name === plural) ?? false;
}

/** A list whose pages expire this often is read without pages. */
const RESTARTS = 2;

/**
 * Reads all pages (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks). Pages are of one
 * moment, which the server forgets after about 5 minutes: then it answers 410, and the list starts again.
 */
async function listAll<Item>(api: Api, path: string, kind: Kind<Item>): Promise<readonly Item[]> {
  for (let restarts = 0; ; restarts += 1) {
    const items: Item[] = [];
    let next: string | undefined = '';
    try {
      while (next !== undefined) {
        const query = new URLSearchParams(
          kind.fieldSelector === undefined ? {} : { fieldSelector: kind.fieldSelector },
        );
        if (restarts < RESTARTS) query.set('limit', String(api.pageSize));
        if (next !== '') query.set('continue', next);
        const page = (await getJson(api, `${path}?${query}`)) as Page | undefined;
        items.push(...(page?.items ?? []).map((each) => parseItem(api, path, kind, each)));
        next = page?.metadata?.continue || undefined;
      }
      return items;
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 410 || restarts >= RESTARTS) throw error;
    }
  }
}

interface Page {
  readonly items?: readonly unknown[];
  readonly metadata?: { readonly continue?: string };
}

function parseItem<Item>({ access }: Api, path: string, kind: Kind<Item>, item: unknown): Item {
  const result = kind.item.safeParse(item);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PipelineError(
    ERROR_NAMES.cluster,
    `${access.label}: an object of ${path} cannot be read: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

/** Returns the reply's JSON without its nulls, which mean the same as absent fields; undefined for a path that does not exist. */
async function getJson({ http, access }: Api, path: string): Promise<unknown> {
  const url = new URL(path, access.server.href.replace(/\/?$/, '/'));
  const headers = { accept: 'application/json', ...(await access.login()) };
  try {
    return await http.exchange({ method: 'GET', url, headers, expect: [200, 404] }, async (reply) => {
      if (reply.status === 200) return withoutNulls(await readJson(reply, LARGEST_PAGE));
      discardBody(reply);
      return undefined;
    });
  } catch (error) {
    throw error instanceof HttpError ? explained(error, access) : error;
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, withoutNulls(each)]])),
  );
}

function explained(error: HttpError, { label }: ClusterAccess): HttpError {
  if (error.status === 401)
    return error.withAdvice(
      `${label} does not accept the login: the token may have expired, or the cluster does not know this role or user`,
    );
  if (hasUnknownAuthority(error))
    return new HttpError(ERROR_NAMES.cluster, { ...error.failure, message: foreignAuthority(label) }, { cause: error });
  if (error.status === undefined) return error.withAdvice(`the cluster is ${label}`);
  return error;
}

function foreignAuthority(label: string): string {
  return `the certificate of the server is not signed by the authority that ${label} names; check certificate-authority and server, which may be those of two clusters`;
}

interface Refusal {
  readonly kind: Kind<unknown>;
  readonly error: HttpError;
}

function missingRights({ label }: ClusterAccess, namespace: string, refused: readonly Refusal[]): PipelineError {
  const groups = [...new Set(refused.map(({ kind }) => kind.group))].toSorted();
  const rules = groups.map((group) => {
    const plurals = refused.flatMap(({ kind }) => (kind.group === group ? [kind.plural] : [])).toSorted();
    return `  - { apiGroups: [${JSON.stringify(group)}], resources: ${JSON.stringify(plurals)}, verbs: ["get", "list"] }`;
  });
  const message = [
    `${label} refuses to list ${refused.length} kinds in namespace ${namespace}: ${refused[0]?.error.failure.message}`,
    `Add these rules to a Role of namespace ${namespace} that is bound to this login (docs/deploy.md, "Access to a cluster"):`,
    ...rules,
  ].join('\n');
  return new PipelineError(ERROR_NAMES.cluster, message, { cause: refused[0]?.error });
}
