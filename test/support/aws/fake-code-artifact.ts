/** A repository of CodeArtifact on loopback: its API, as the real SDK client asks it, and its doors for uploads. */
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { normalizedPackage } from '../../../core/catalog/grammar';
import { listen } from '../http/listen';
import { createMavenRepository, type MavenRepository } from '../maven/maven-repository';
import { createNpmRegistry, type NpmRegistry } from '../npm/npm-registry';
import { readUpload, type Upload } from '../pipeline/package-upload';

/** A call of the API: method, path and query. */
export interface ArtifactCall {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** A fault of an upload: a status before anything is stored, or a lost reply after the upload. */
export type UploadUpset = { readonly status: number; readonly says: string } | 'reply lost';

export interface FakeCodeArtifact {
  readonly url: string;
  /** The token that uploads must send. */
  readonly token: string;
  readonly calls: readonly ArtifactCall[];
  /** Uploads whose form could be read, in order, those without effect included. */
  readonly uploads: readonly Upload[];
  /** Faults of the next uploads. */
  readonly upsets: UploadUpset[];
  /** Answers of operations by their path, instead of the usual ones. */
  readonly answers: Map<string, object>;
  /** Its npm and Maven packages. */
  readonly npm: NpmRegistry;
  readonly maven: MavenRepository;
  /** The bytes that the index of Python packages has under the name. */
  bytesOf(name: string, file: string): Buffer | undefined;
  stop(): Promise<void>;
}

export const PLACE = { domain: 'shop', repository: 'modules' } as const;
const UPLOADS = `/pypi/${PLACE.repository}/`;
const NPM = `/npm/${PLACE.repository}/`;
const MAVEN = `/maven/${PLACE.repository}/`;

/** A real npm registry in place of the one in memory. */
export interface RealNpm {
  readonly url: string;
  readonly token: string;
}

interface Version {
  readonly version: string;
  readonly files: Map<string, Buffer>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly error?: string;
}

export async function startFakeCodeArtifact(real?: RealNpm): Promise<FakeCodeArtifact> {
  /** Versions by package, in the order of their first upload. */
  const packages = new Map<string, Version[]>();
  const calls: ArtifactCall[] = [];
  const uploads: Upload[] = [];
  const upsets: UploadUpset[] = [];
  const answers = new Map<string, object>();
  const token = real?.token ?? 'tok3n-of-the-domain';
  const npm = createNpmRegistry(token);
  const maven = createMavenRepository(token);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://fake');
    if (url.pathname === UPLOADS) {
      const upset = upsets.shift();
      const refused = typeof upset === 'object' ? upset : await takeUpload(request);
      if (upset === 'reply lost') return request.socket.destroy();
      return response.writeHead(refused?.status ?? 200).end(JSON.stringify({ message: refused?.says }));
    }
    if (url.pathname.startsWith(MAVEN)) {
      const upset = upsets.shift();
      const sent = await buffer(request);
      if (typeof upset === 'object')
        return response.writeHead(upset.status).end(JSON.stringify({ message: upset.says }));
      const status = maven.put(url.pathname.slice(MAVEN.length), request.headers.authorization, sent);
      if (upset === 'reply lost') return request.socket.destroy();
      return response.writeHead(status).end();
    }
    if (url.pathname.startsWith(NPM)) {
      const upset = request.method === 'PUT' ? upsets.shift() : undefined;
      const sent = await buffer(request);
      if (typeof upset === 'object') return response.writeHead(upset.status).end(JSON.stringify({ error: upset.says }));
      const path = (request.url ?? '').slice(NPM.length);
      const reply = npm.answer(request.method ?? '', path, request.headers.authorization, sent);
      if (upset === 'reply lost') return request.socket.destroy();
      return response
        .writeHead(reply.status)
        .end(Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body));
    }
    const query = Object.fromEntries(url.searchParams);
    await buffer(request);
    calls.push({ path: url.pathname, query });
    const { status, body, error } = await answerOf(url.pathname, query);
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
    });
    return response.end(JSON.stringify(body));
  });
  const { url: base, stop } = await listen(server);

  const takeUpload = async (request: IncomingMessage): Promise<{ status: number; says: string } | undefined> => {
    const body = await buffer(request);
    if (request.headers.authorization !== `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`) {
      return { status: 401, says: `not the token: ${request.headers.authorization}` };
    }
    const upload = await readUpload(String(request.headers['content-type']), body);
    if (typeof upload === 'string') return { status: 400, says: upload };
    uploads.push(upload);
    const name = normalizedPackage(upload.fields.name ?? '');
    const versions = packages.get(name) ?? [];
    packages.set(name, versions);
    const version = upload.fields.version ?? '';
    const found = versions.find((each) => each.version === version) ?? { version, files: new Map<string, Buffer>() };
    if (!versions.includes(found)) versions.push(found);
    if (found.files.has(upload.file)) return { status: 409, says: `${upload.file} is there already` };
    found.files.set(upload.file, upload.bytes);
    return undefined;
  };

  const answer = (path: string, query: Readonly<Record<string, string>>): Answer => {
    const given = answers.get(path);
    if (given !== undefined) return { status: 200, body: given };
    if (query.domain !== PLACE.domain) return notFound('domain', query.domain);
    if (path === '/v1/authorization-token') return { status: 200, body: { authorizationToken: token } };
    if (query.repository !== PLACE.repository) return notFound('repository', query.repository);
    if (path === '/v1/repository/endpoint') return { status: 200, body: { repositoryEndpoint: base + UPLOADS } };
    const versions = packages.get(query.package ?? '');
    if (versions === undefined) return notFound('package', query.package);
    if (path === '/v1/package/versions') {
      const newest = versions.map(({ version }) => ({ version, status: 'Published' })).reverse();
      return { status: 200, body: { versions: newest.slice(0, Number(query['max-results'] ?? 50)) } };
    }
    const files = versions.find(({ version }) => version === query.version)?.files;
    if (files === undefined) return notFound('package-version', query.version);
    return { status: 200, body: { assets: [...files.keys()].map((name) => ({ name })) } };
  };

  const answerOf = async (path: string, query: Readonly<Record<string, string>>): Promise<Answer> => {
    if (query.format === 'maven') return answerOfMaven(path, query);
    return query.format === 'npm' ? answerOfNpm(path, query) : answer(path, query);
  };

  const answerOfMaven = (path: string, query: Readonly<Record<string, string>>): Answer => {
    if (path === '/v1/repository/endpoint') return { status: 200, body: { repositoryEndpoint: base + MAVEN } };
    const { namespace = '', package: artifact = '', version = '' } = query;
    const versions = maven.versions(namespace, artifact);
    if (versions.size === 0) return notFound('package', artifact);
    if (path === '/v1/package/versions') {
      const listed = [...versions.keys()].map((each) => ({
        version: each,
        status: maven.isFinished(namespace, artifact, each) ? 'Published' : 'Unfinished',
      }));
      const asked = listed.filter(({ status }) => query.status === undefined || query.status === status);
      return { status: 200, body: { versions: asked.reverse() } };
    }
    const files = versions.get(version);
    if (files === undefined) return notFound('package-version', version);
    return { status: 200, body: { assets: files.map((name) => ({ name })) } };
  };

  const answerOfNpm = async (path: string, query: Readonly<Record<string, string>>): Promise<Answer> => {
    if (path === '/v1/repository/endpoint')
      return { status: 200, body: { repositoryEndpoint: real?.url ?? base + NPM } };
    const name = query.namespace === undefined ? (query.package ?? '') : `@${query.namespace}/${query.package}`;
    const packument = real === undefined ? npm.packument(name) : await packumentAt(real.url, name);
    if (packument === undefined) return notFound('package', name);
    const versions = Object.keys(packument.versions);
    if (path === '/v1/package/versions') {
      const newest = versions.map((version) => ({ version, status: 'Published' })).reverse();
      return { status: 200, body: { versions: newest, defaultDisplayVersion: packument['dist-tags'].latest } };
    }
    if (!versions.includes(query.version ?? '')) return notFound('package-version', query.version);
    return { status: 200, body: { assets: [{ name: 'package.tgz' }] } };
  };

  return {
    url: base,
    npm,
    maven,
    token,
    calls,
    uploads,
    upsets,
    answers,
    bytesOf: (name, file) =>
      packages
        .get(normalizedPackage(name))
        ?.map(({ files }) => files.get(file))
        .find((bytes) => bytes !== undefined),
    stop,
  };
}

function notFound(resourceType: string, resourceId = ''): Answer {
  const body = { message: `there is no ${resourceType} ${resourceId}`, resourceType, resourceId };
  return { status: 404, body, error: 'ResourceNotFoundException' };
}

async function packumentAt(url: string, name: string): Promise<ReturnType<NpmRegistry['packument']>> {
  const reply = await fetch(new URL(name.replace('/', '%2f'), url));
  return reply.ok ? ((await reply.json()) as ReturnType<NpmRegistry['packument']>) : undefined;
}
