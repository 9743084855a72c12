/** The part of the Kubernetes API that reads: discovery, and lists in pages. Replies have the shapes of the API's own (kind `Status` for errors). */
import { WORKLOAD_KINDS } from '../../adapters/kubernetes/kinds';
import type { NamespaceState } from './namespace-state';

/** An object of an extension, as it was put. */
export interface CustomObject {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string;
  readonly object: { readonly metadata: { readonly name: string } };
}

/** What the API serves. `version` grows with every change. */
export interface Served {
  readonly version: number;
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  readonly customObjects: readonly CustomObject[];
}

export interface ApiReply {
  readonly status: number;
  readonly body: object;
}

/** Answers one request. Only reads are served. */
export function serveApi(method: string, url: URL, served: Served): ApiReply {
  if (method !== 'GET')
    return failure(405, 'MethodNotAllowed', `${method} is not served; the embedded cluster is read only`);
  const path = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const kinds = kindsOf(served);
  if (path.join('/') === 'apis') return { status: 200, body: groupList(kinds) };
  const [group, version, ...rest] = path[0] === 'api' ? ['', ...path.slice(1)] : path.slice(1);
  const own = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (own.length === 0 || (path[0] !== 'api' && path[0] !== 'apis')) return notFound();
  if (rest.length === 0) return { status: 200, body: resourceList(own) };
  const [word, namespace = '', plural, name, ...more] = rest;
  const kind = own.find((each) => each.plural === plural);
  if (word !== 'namespaces' || kind === undefined || more.length > 0) return notFound();
  const objects = kind.list(namespace).map((object) => inNamespace(object, namespace));
  if (name === undefined) return page(objects, url.searchParams, served.version);
  const found = objects.find(({ metadata }) => metadata.name === name);
  return found === undefined ? notFound() : { status: 200, body: found };
}

interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly list: (namespace: string) => readonly NamedObject[];
}

interface NamedObject {
  readonly metadata: { readonly name: string };
  readonly type?: string | undefined;
}

/** Returns Kubernetes' own kinds, and those of which an object was put. */
function kindsOf({ namespaces, customObjects }: Served): readonly ServedKind[] {
  const standard = Object.entries(WORKLOAD_KINDS).flatMap(([list, { group, version, plural }]): ServedKind[] => {
    if (version === undefined) return [];
    const objects = (namespace: string) => {
      const state = namespaces.get(namespace) as Readonly<Record<string, unknown>> | undefined;
      return (state?.[list] ?? []) as readonly NamedObject[];
    };
    return [{ group, version, plural, list: objects }];
  });
  const names = new Map(customObjects.map((each) => [`${each.group}/${each.version}/${each.plural}`, each]));
  const custom = [...names.values()].map(
    ({ group, version, plural }): ServedKind => ({
      group,
      version,
      plural,
      list: (namespace) =>
        customObjects
          .filter((each) => each.group === group && each.plural === plural && each.namespace === namespace)
          .map(({ object }) => object),
    }),
  );
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
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    resources: kinds.map(({ plural }) => ({ name: plural, namespaced: true, verbs: ['get', 'list'] })),
  };
}

function inNamespace(object: NamedObject, namespace: string): NamedObject {
  return { ...object, metadata: { ...object.metadata, namespace } as NamedObject['metadata'] };
}

/** A page token is the state's version with the next place, so that any change between two pages makes the token expire. */
function page(all: readonly NamedObject[], query: URLSearchParams, version: number): ApiReply {
  const type = /^type=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  const objects = all.filter((object) => type === undefined || object.type === type);
  const [of, from] = (query.get('continue') ?? `${version}.0`).split('.').map(Number);
  if (of !== version)
    return failure(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.');
  const limit = Number(query.get('limit') ?? 0) || objects.length;
  const end = (from ?? 0) + limit;
  const next = end < objects.length ? { continue: `${version}.${end}`, remainingItemCount: objects.length - end } : {};
  return {
    status: 200,
    body: {
      kind: 'List',
      apiVersion: 'v1',
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
