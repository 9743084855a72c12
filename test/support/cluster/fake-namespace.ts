/** A Kubernetes API on loopback whose one namespace runs what a version lock names, as if a tool synced it at once. */
import { createServer } from 'node:http';
import { parseVersionLock } from '../../../core/version/version-lock';
import { listen } from '../http/listen';

export interface FakeNamespace {
  /** The address of the API. */
  readonly address: string;
  /** Services whose pods never become ready. */
  readonly broken: Set<string>;
  /** Sets `host/namespace` of the images. */
  setImages(images: string): void;
  /** Answers nothing any more, or again. */
  setReachable(isReachable: boolean): void;
  close(): Promise<void>;
}

/** `lock` returns the text of the version lock. */
export async function startFakeNamespace(lock: () => string): Promise<FakeNamespace> {
  let images = '';
  const broken = new Set<string>();
  let isReachable = true;
  const items = (plural: string) => {
    const entries = [...parseVersionLock(lock(), 'version-lock.yaml')];
    if (plural === 'deployments')
      return entries.map(([name, entry]) => deployment(name, images, entry.version, broken));
    if (plural === 'replicasets')
      return entries.map(([name, entry]) => replicaSet(name, images, entry.version, broken));
    if (plural === 'pods') return entries.map(([name, entry]) => pod(name, images, entry, broken));
    return [];
  };
  const server = createServer((request, response) => {
    if (!isReachable) return void request.socket.destroy();
    const { pathname } = new URL(request.url ?? '/', 'http://cluster');
    const [, plural] = /\/namespaces\/[^/]+\/(\w+)$/.exec(pathname) ?? [];
    const body =
      plural === undefined
        ? { groups: [{ name: 'apps', preferredVersion: { version: 'v1' } }] }
        : { items: items(plural), metadata: {} };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  });
  const { url, stop } = await listen(server);
  return {
    address: url,
    broken,
    setImages: (value) => {
      images = value;
    },
    setReachable: (value) => {
      isReachable = value;
    },
    close: stop,
  };
}

function template(name: string, images: string, version: string) {
  return { spec: { containers: [{ name, image: `${images}/${name}:${version}` }] } };
}

function metadata(name: string, owner?: { readonly kind: string; readonly name: string }) {
  const ownerReferences =
    owner === undefined ? [] : [{ ...owner, uid: `${owner.kind}-${owner.name}`, controller: true }];
  return {
    name,
    uid: `${owner === undefined ? 'Deployment' : owner.kind === 'Deployment' ? 'ReplicaSet' : 'Pod'}-${name}`,
    generation: 1,
    ownerReferences,
  };
}

function counts(isBroken: boolean) {
  const ready = isBroken ? 0 : 1;
  return { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready, availableReplicas: ready };
}

function deployment(name: string, images: string, version: string, broken: ReadonlySet<string>) {
  return {
    metadata: metadata(name),
    spec: { replicas: 1, template: template(name, images, version) },
    status: { ...counts(broken.has(name)), conditions: [] },
  };
}

function replicaSet(name: string, images: string, version: string, broken: ReadonlySet<string>) {
  return {
    metadata: metadata(name, { kind: 'Deployment', name }),
    spec: { replicas: 1, template: template(name, images, version) },
    status: counts(broken.has(name)),
  };
}

function pod(
  name: string,
  images: string,
  { version, digest }: { readonly version: string; readonly digest: string },
  broken: ReadonlySet<string>,
) {
  const isBroken = broken.has(name);
  const state = isBroken ? { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } : { running: {} };
  const container = {
    name,
    ready: !isBroken,
    restartCount: 0,
    imageID: isBroken ? '' : `${images}/${name}@${digest}`,
    state,
    lastState: {},
  };
  return {
    metadata: metadata(name, { kind: 'ReplicaSet', name }),
    spec: template(name, images, version).spec,
    status: { phase: isBroken ? 'Pending' : 'Running', conditions: [], containerStatuses: [container] },
  };
}
