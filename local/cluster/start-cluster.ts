/**
 * The embedded cluster: a stand-in for Kubernetes on one machine, on loopback. It speaks as much of the API as reading a namespace needs,
 * deploys services as Deployments, and pulls their images from the registry by tag. No container runs.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseReference } from '../../core/image/reference';
import type { ImageRegistry } from '../../core/ports/registry';
import { listenOnLoopback, refuseForeignRequest } from '../runtime/loopback';
import { isSettled, runControllers } from './controllers';
import { readyImages, runPods } from './kubelet';
import { applyWorkloads, type Behaviour, emptyNamespace, type NamespaceState } from './namespace-state';
import { type CustomObject, failure, type Served, serveApi } from './serve-api';

interface ClusterOptions {
  /** Images are looked up here. */
  readonly registry: Pick<ImageRegistry, 'head'>;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Time between two steps of every pod and Deployment, in ms; default 200. */
  readonly pace?: number;
  /** A Deployment without progress for this long has failed, in ms; default 10 minutes, as in Kubernetes. */
  readonly progressDeadline?: number;
}

/** Which pods behave in some way: all of the service by default. */
interface Where {
  readonly namespace?: string;
  readonly version?: string;
}

export interface LocalCluster {
  readonly url: string;
  /** Returns a kubeconfig for this cluster. It has no login, because only this machine reaches the server. */
  kubeconfig(): string;
  /** Deploys exactly these services, each with its image: `{ web: '127.0.0.1:5000/acme/web:v1.4.0' }`. Pods follow step by step. */
  apply(namespace: string, workloads: Readonly<Record<string, string>>): void;
  /** Sets what happens to pods of the service from now on, those that run included. The last call that matches a pod counts. */
  behave(service: string, behaviour: Behaviour, where?: Where): void;
  /** Puts an object of an extension, such as an Application of Argo CD, as it is. */
  put(object: CustomObject): void;
  close(): Promise<void>;
}

const PACE = 200;

const PROGRESS_DEADLINE = 10 * 60 * 1000;

/** Starts an empty cluster. Throws `InvalidInput` if the port is taken. */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  const { registry, port = 0, pace = PACE, progressDeadline = PROGRESS_DEADLINE } = options;
  const namespaces = new Map<string, NamespaceState>();
  const customObjects: CustomObject[] = [];
  const behaviours: (Where & { readonly service: string; readonly behaviour: Behaviour })[] = [];
  /** Namespaces in which nothing happens until something is deployed, or a pod is told to behave differently. */
  const idle = new Set<string>();
  let version = 1;

  const behaviourIn = (namespace: string) => (service: string, image: string) => {
    const { tag } = parseReference(image);
    const isMeant = (each: (typeof behaviours)[number]) =>
      each.service === service &&
      (each.namespace ?? namespace) === namespace &&
      (each.version === undefined || each.version === tag);
    return behaviours.findLast(isMeant)?.behaviour ?? 'ready';
  };

  async function step(namespace: string): Promise<void> {
    const before = namespaces.get(namespace);
    if (before === undefined || idle.has(namespace)) return;
    const behaviourOf = behaviourIn(namespace);
    const told = behaviours.length;
    const now = Date.now();
    const after = await runPods(before, { now, registry, behaviourOf });
    // A deployment in the meantime has changed more than pods: the next step looks at it.
    if (namespaces.get(namespace) !== before) return;
    const next = runControllers(after, { now, progressDeadline, behaviourOf });
    namespaces.set(namespace, next);
    const isSame = JSON.stringify(next) === JSON.stringify(before);
    if (!isSame) version += 1;
    else if (isSettled(next) && behaviours.length === told) idle.add(namespace);
  }

  /** A service answers as its newest ready pod does. */
  const healthOf: Served['healthOf'] = (namespace, service) => {
    const state = namespaces.get(namespace);
    const ready = state === undefined ? [] : readyImages(state, service);
    const image = ready.at(-1);
    if (image === undefined) return undefined;
    return behaviourIn(namespace)(service, image) === 'unhealthy' ? 'unhealthy' : 'healthy';
  };

  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  const turn = async () => {
    await Promise.all([...namespaces.keys()].map(step));
    if (!isClosed) timer = setTimeout(() => void turn(), pace);
  };
  timer = setTimeout(() => void turn(), pace);

  const server = createServer((request, response) => {
    answer(request, response, { version, namespaces, customObjects, healthOf });
  });
  const { port: found, close } = await listenOnLoopback(server, port, 'end the program that listens there');
  const url = `http://127.0.0.1:${found}`;
  return {
    url,
    kubeconfig: () => printKubeconfig(url),
    apply: (namespace, workloads) => {
      for (const image of Object.values(workloads)) parseReference(image);
      const state = namespaces.get(namespace) ?? emptyNamespace(namespace);
      namespaces.set(namespace, applyWorkloads(state, workloads, Date.now()));
      idle.delete(namespace);
      version += 1;
    },
    behave: (service, behaviour, where = {}) => {
      behaviours.push({ ...where, service, behaviour });
      idle.clear();
    },
    put: (object) => {
      const isSame = (each: CustomObject) =>
        each.plural === object.plural &&
        each.namespace === object.namespace &&
        each.object.metadata.name === object.object.metadata.name;
      const index = customObjects.findIndex(isSame);
      customObjects.splice(index < 0 ? customObjects.length : index, 1, object);
      version += 1;
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await close();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, served: Parameters<typeof serveApi>[2]): void {
  const refusal = refuseForeignRequest(request);
  const url = URL.canParse(request.url ?? '/', 'http://127.0.0.1')
    ? new URL(request.url ?? '/', 'http://127.0.0.1')
    : undefined;
  const reply =
    refusal !== undefined
      ? failure(403, 'Forbidden', refusal)
      : url === undefined
        ? failure(400, 'BadRequest', 'the path is no URL')
        : serveApi(request.method ?? 'GET', url, served);
  request.resume();
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(reply.body));
}

function printKubeconfig(url: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'local',
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
    clusters: [{ name: 'local', cluster: { server: url } }],
    users: [{ name: 'local', user: {} }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
