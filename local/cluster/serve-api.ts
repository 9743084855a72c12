/** The part of the Kubernetes API that reads: discovery, and lists in pages. Replies have the shapes of the API's own (kind `Status` for errors). */
import { WORKLOAD_KINDS } from '../../adapters/kubernetes/kinds';
import type { NamespaceState } from './namespace-state';

/** An object of an extension, as it was put. */
export interface CustomObject extends Omit<ServedKind, 'list'> {
  readonly namespace: string;
  readonly object: NamedObject;
}

interface NamedObject {
  readonly metadata: { readonly name: string };
  /** Of an event. */
  readonly type?: string | undefined;
}

/** The content of the API. `version` grows with every change. */
export interface Served {
  readonly version: number;
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  readonly customObjects: readonly CustomObject[];
  /** Tells how the pods of a service answer; undefined if none is ready. */
  readonly healthOf: (namespace: string, service: string) => 'healthy' | 'unhealthy' | undefined;
}

export interface ApiReply {
  readonly status: number;
  readonly body: object;
}

/** Answers one request. Only reads are served. */
export function serveApi(method: string, url: URL, served: Served): ApiReply {
  if (method !== 'GET')
    return failure(405, 'MethodNotAllowed', `${method} is not served; the embedded cluster is read only`);
  // Names in Kubernetes have no character that a path must encode.
  const path = url.pathname.split('/').filter((part) => part !== '');
  const proxied = proxiedService(path);
  if (proxied !== undefined) return answerForService(served.healthOf(...proxied), ...proxied);
  const kinds = kindsOf(served);
  if (path.join('/') === 'api') return { status: 200, body: { kind: 'APIVersions', versions: ['v1'] } };
  if (path.join('/') === 'apis') return { status: 200, body: groupList(kinds) };
  const [group, version, ...rest] = path[0] === 'api' ? ['', ...path.slice(1)] : path.slice(1);
  const own = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (own.length === 0 || (path[0] !== 'api' && path[0] !== 'apis')) return notFound();
  if (rest.length === 0) return { status: 200, body: resourceList(own) };
  const [word, namespace = '', plural, name, ...more] = rest;
  const kind = own.find((each) => each.plural === plural);
  if (word !== 'namespaces' || kind === undefined || more.length > 0) return notFound();
  const apiVersion = group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const objects = kind.list(namespace).map((object) => ({
    apiVersion,
    kind: kind.kind,
    ...object,
    metadata: { ...object.metadata, namespace },
  }));
  const list = { kind: `${kind.kind}List`, apiVersion };
  if (name === undefined) return page(list, objects, url.searchParams, served.version);
  const found = objects.find(({ metadata }) => metadata.name === name);
  return found === undefined ? notFound() : { status: 200, body: found };
}

/** Returns namespace and service of `/api/v1/namespaces/NAMESPACE/services/SERVICE/proxy/...`, by which the API forwards requests. */
function proxiedService(path: readonly string[]): readonly [string, string] | undefined {
  const [api, version, word, namespace = '', services, service = '', proxy] = path;
  const isProxy = `${api}/${version}/${word}/${services}/${proxy}` === 'api/v1/namespaces/services/proxy';
  return isProxy ? [namespace, service] : undefined;
}

function answerForService(health: ReturnType<Served['healthOf']>, namespace: string, service: string): ApiReply {
  if (health === 'healthy') return { status: 200, body: { status: 'up' } };
  if (health === 'unhealthy') return { status: 500, body: { status: 'down' } };
  return failure(503, 'ServiceUnavailable', `no endpoints available for service "${service}" in ${namespace}`);
}

interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly list: (namespace: string) => readonly NamedObject[];
}

/** Returns Kubernetes' own kinds, and those of which an object was put. */
function kindsOf({ namespaces, customObjects }: Served): readonly ServedKind[] {
  const standard = Object.entries(WORKLOAD_KINDS).flatMap(([list, { group, version, plural, kind }]): ServedKind[] => {
    if (version === undefined) return [];
    const objects = (namespace: string) => {
      const state = namespaces.get(namespace) as Readonly<Record<string, unknown>> | undefined;
      return (state?.[list] ?? []) as readonly NamedObject[];
    };
    return [{ group, version, plural, kind, list: objects }];
  });
  const names = new Map(customObjects.map((each) => [`${each.group}/${each.version}/${each.plural}`, each]));
  const custom = [...names.values()].map((kind) => ({
    ...kind,
    list: (namespace: string) =>
      customObjects
        .filter((each) => each.group === kind.group && each.plural === kind.plural && each.namespace === namespace)
        .map(({ object }) => object),
  }));
  return [...standard, ...custom];
}

function groupList(kinds: readonly ServedKind[]): object {
  const groups = new Map(kinds.filter(({ group }) => group !== '').map(({ group, version }) => [group, version]));
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...groups].map(([name, version]) => {
      const served = { groupVersion: `${name}/${version}`, version };
      return { name, versions: [served], preferredVersion: served };
    }),
  };
}

function resourceList(kinds: readonly ServedKind[]): object {
  const [first] = kinds;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: first?.group === '' ? first.version : `${first?.group}/${first?.version}`,
    resources: kinds.map(({ plural, kind }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      kind,
      namespaced: true,
      verbs: ['get', 'list'],
    })),
  };
}

/** A page token is the state's version with the next place, so that any change between two pages makes the token expire. */
function page(list: object, all: readonly NamedObject[], query: URLSearchParams, version: number): ApiReply {
  const [field, value] = (query.get('fieldSelector') ?? '').split('=');
  const isSelected = ({ type, metadata }: NamedObject) =>
    field === 'type' ? type === value : field !== 'metadata.name' || metadata.name === value;
  const objects = all.filter(isSelected);
  const [of, from] = (query.get('continue') ?? `${version}.0`).split('.').map(Number);
  if (of !== version)
    return failure(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.');
  const limit = Number(query.get('limit') ?? 0) || objects.length;
  const end = (from ?? 0) + limit;
  const next = end < objects.length ? { continue: `${version}.${end}`, remainingItemCount: objects.length - end } : {};
  return {
    status: 200,
    body: {
      ...list,
      metadata: { resourceVersion: String(version), ...next },
      items: objects.slice(from, end),
    },
  };
}

function notFound(): ApiReply {
  return failure(404, 'NotFound', 'the server could not find the requested resource');
}

/** Returns an error as the API writes it. */
export function failure(code: number, reason: string, message: string): ApiReply {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code } };
}
