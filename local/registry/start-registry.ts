/** The embedded registry: the OCI distribution specification over plain HTTP, on disk, for one machine. */
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sweepTemporaryFiles } from '../../adapters/disk/atomic-file';
import { isRepository } from '../../core/image/reference';
import { LOOPBACK, listenOnLoopback, refuseForeignRequest } from '../runtime/loopback';
import { type DiskLayout, diskLayout } from './disk-layout';
import { type Call, errorReply, json, notAllowed, type Reply, ReplyError, writeReply } from './reply';
import { serveBlob, serveUpload, serveUploads } from './serve-blobs';
import { serveManifest, serveReferrers, serveTags } from './serve-manifests';

/** One answered request. */
export interface RegistryLogEntry {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  /** Undefined if the path is not one of a registry. */
  readonly kind?: Route['kind'];
  readonly repository?: string;
  /** Tag or digest of a manifest. */
  readonly reference?: string;
  readonly status: number;
  /** The digest of the manifest or blob that the request read or wrote. */
  readonly digest?: string;
}

interface RegistryOptions {
  /** Kept between starts; created if it is missing. */
  readonly directory: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** True for tags that must not be overwritten with another manifest, as ECR's immutable tags. Default: none. */
  readonly isImmutable?: (repository: string, tag: string) => boolean;
  /** Called for every request, in the order in which they are answered. */
  readonly log?: (entry: RegistryLogEntry) => void;
}

export interface RunningRegistry {
  /** `127.0.0.1:<port>`, as in image names. */
  readonly host: string;
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that none is cut while a request is on its way. In ms. */
const KEEP_ALIVE = 60_000;

/** Image names contain the port, so that the registry cannot use another one. */
const PORT_ADVICE =
  'image names of this folder contain it, so end the program that listens there (another pipeline of this folder?), or run npm start for a new folder';

/** Starts the registry, which only this machine can reach. Throws `InvalidInput` if the port is taken. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { directory, port = 0 } = options;
  await sweepTemporaryFiles(directory, Date.now());
  const layout = diskLayout(directory);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE, requestTimeout: 0 }, (request, response) => {
    void serve(request, response, layout, options);
  });
  const { port: found, close } = await listenOnLoopback(server, port, PORT_ADVICE);
  return { host: `${LOOPBACK}:${found}`, close };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  layout: DiskLayout,
  { isImmutable = () => false, log }: RegistryOptions,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  let route: Route | undefined;
  let reply: Reply;
  try {
    const refusal = refuseForeignRequest(request);
    if (refusal !== undefined) throw new ReplyError(403, 'DENIED', refusal);
    route = parseRoute(path);
    reply = await route.serve({ method, query, request, layout, isImmutable });
  } catch (error) {
    reply = errorReply(error);
  }
  log?.(logEntry(method, url, route, reply));
  // The client may have gone.
  await writeReply(response, method, reply).catch(() => response.destroy());
}

function logEntry(method: string, url: string, route: Route | undefined, reply: Reply): RegistryLogEntry {
  const { serve: _, ...known } = route ?? {};
  const { status, digest } = reply;
  return { method, url, ...known, status, ...(digest === undefined ? {} : { digest }) };
}

/** The meaning of a path, and what serves it. References, digests and upload ids are checked where they are used. */
interface Route {
  readonly kind: 'base' | 'catalog' | 'manifest' | 'blob' | 'uploads' | 'upload' | 'tags' | 'referrers';
  readonly repository?: string;
  /** Tag or digest of a manifest. */
  readonly reference?: string;
  readonly serve: (call: Call) => Promise<Reply>;
}

/** Parses the path, percent-encoded and without query, so that only names by the grammar reach the disk. Throws `NAME_INVALID`, or a 404. */
function parseRoute(path: string): Route {
  const decoded = decode(path);
  if (decoded === '/v2' || decoded === '/v2/') return { kind: 'base', serve: serveBase };
  if (decoded === '/v2/_catalog') return { kind: 'catalog', serve: serveCatalog };
  const found = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|referrers|tags)\/([^/]*)$/.exec(decoded);
  const [, repository = '', kind, last = ''] = found ?? [];
  const route = routeOf(repository, kind, last);
  if (route === undefined) throw new ReplyError(404, 'UNSUPPORTED', 'there is nothing at this path');
  if (!isRepository(repository))
    throw new ReplyError(400, 'NAME_INVALID', 'the repository name is against the grammar');
  return { repository, ...route };
}

function routeOf(repository: string, kind: string | undefined, last: string): Route | undefined {
  switch (kind) {
    case 'manifests':
      return { kind: 'manifest', reference: last, serve: (call) => serveManifest(call, repository, last) };
    case 'blobs/uploads':
      return last === ''
        ? { kind: 'uploads', serve: (call) => serveUploads(call, repository) }
        : { kind: 'upload', serve: (call) => serveUpload(call, repository, last) };
    case 'blobs':
      return { kind: 'blob', serve: (call) => serveBlob(call, repository, last) };
    case 'referrers':
      return { kind: 'referrers', serve: (call) => serveReferrers(call, repository, last) };
    case 'tags':
      return last === 'list' ? { kind: 'tags', serve: (call) => serveTags(call, repository) } : undefined;
    default:
      return undefined;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ReplyError(400, 'NAME_INVALID', 'the path is not percent-encoded correctly');
  }
}

async function serveBase({ method }: Call): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') throw notAllowed('GET');
  return json(200, {});
}

/** Serves `GET /v2/_catalog`: all repository names in byte order, in one page, for people who look at a local run. */
async function serveCatalog({ method, layout }: Call): Promise<Reply> {
  if (method !== 'GET') throw notAllowed('GET');
  return json(200, { repositories: (await repositoriesBelow(layout.repositories, '')).toSorted() });
}

async function repositoriesBelow(directory: string, prefix: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const deeper = await Promise.all(
    folders
      .filter((name) => !name.startsWith('_'))
      .map((name) => repositoriesBelow(join(directory, name), `${prefix}${name}/`)),
  );
  return [...(folders.includes('_manifests') ? [prefix.slice(0, -1)] : []), ...deeper.flat()];
}
