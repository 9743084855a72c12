/** A fake of GitHub on loopback over a real bare repository, with faults. It supports the adapter's REST and GraphQL calls. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ApiCall } from '../git/git-api-server';
import { readObject } from '../git/git-objects';
import { execGit, quietly, type TestRepository } from '../git/git-repository';
import { listen } from '../http/listen';
import { type FakeApp, installationToken } from './fake-github-app';
import { answerCheck } from './fake-github-checks';
import { execute, operationName } from './fake-github-graphql';
import { GraphqlError, graphqlRoot } from './fake-github-repository';
import { answerWrite, type GitHubWrites } from './fake-github-writes';
import { answerGitHubTags, type ReleasePages } from './fake-tags';
import { createFakePulls, type FakePulls } from './pulls/fake-pulls';
import { answerGitHubPulls, gitHubPullMutations, gitHubUpdateRule } from './pulls/github-pulls';

/** `reset` breaks the connection before the request takes effect, and `lost` breaks it afterwards. */
export type GitHubFault =
  | { readonly kind: 'reset' | 'lost' }
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    };

/** One request and its reply. `path` includes the query; bodies are the texts on the wire. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly reply: string;
}

export interface FakeGitHub extends GitHubWrites {
  readonly apiUrl: string;
  /** Requests in order: names of GraphQL operations, and paths of REST calls below the repository. */
  readonly requests: string[];
  /** All calls without a fault. */
  readonly exchanges: Exchange[];
  /** Authorization headers that reached the tarball server, which is a different host. */
  readonly leaked: string[];
  /** Returns the fault of a request, or undefined. */
  fault: (operation: string) => GitHubFault | undefined;
  /** The App that is installed on the repository, if any. */
  app: FakeApp | undefined;
  /** Release pages by tag. */
  readonly releases: ReleasePages;
  /** Pull requests with branches, and the rules of their base. */
  readonly pullRequests: FakePulls;
  /** The maximum number of entries in one tree reply. */
  treeLimit: number;
  stop(): Promise<void>;
}

export const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ';

/** Starts the fake for the repository `cloud-tuner/optscale`. */
export async function startFakeGitHub(repository: TestRepository): Promise<FakeGitHub> {
  const fullName = 'cloud-tuner/optscale';
  const leaked: string[] = [];
  const sources = createServer((request, response) => {
    if (request.headers.authorization !== undefined) leaked.push(request.headers.authorization);
    sendTarball(repository, request.url?.slice(1) ?? '', response);
  });
  const downloads = await listen(sources);
  const server = await listen(createServer((request, response) => void answer(request, response)));
  const fake: FakeGitHub = {
    apiUrl: server.url,
    requests: [],
    exchanges: [],
    statuses: [],
    checks: [],
    comments: [],
    pulls: new Map(),
    leaked,
    fault: () => undefined,
    app: undefined,
    releases: new Map(),
    pullRequests: createFakePulls(repository),
    treeLimit: 100_000,
    stop: async () => {
      await Promise.all([server.stop(), downloads.stop()]);
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString('utf8');
    const path = (request.url ?? '').replace(`/repos/${fullName}`, '');
    const operation = path === '/graphql' ? operationName(JSON.parse(body).query) : path;
    fake.requests.push(operation);
    const fault = fake.fault(operation);
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'reply') {
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '{"message":"a fault"}');
    }
    const method = request.method ?? '';
    const reply = replyTo(method, path, body, request.headers.authorization ?? '');
    const { status } = reply;
    fake.exchanges.push({ method, path: request.url ?? '', body, status, reply: reply.body.toString() });
    if (fault?.kind === 'lost') return void request.socket.destroy();
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  function replyTo(method: string, path: string, body: string, authorization: string): Reply {
    if (fake.app !== undefined && path.startsWith('/app/')) {
      const { status, body: answered } = installationToken(fake.app, path, authorization, body);
      return json(status, answered);
    }
    const token = fake.app?.token() ?? TOKEN;
    return authorization === `Bearer ${token}` ? respond(method, path, body) : unauthorized();
  }

  function respond(method: string, path: string, body: string): Reply {
    const { pathname, searchParams: asked } = new URL(path, 'http://github');
    const name = `${method} ${decodeURIComponent(pathname)}`;
    const call: ApiCall = { name, query: asked, body: JSON.parse(body || '{}') };
    const hasCommit = (commit: string) => exists(repository, `${commit}^{commit}`);
    const answered =
      answerGitHubTags(repository, fake.releases, call) ??
      answerGitHubPulls(fake.pullRequests, call) ??
      answerCheck(fake.checks, fake.app?.appId, call, hasCommit) ??
      answerWrite(fake, call, hasCommit);
    if (answered !== undefined) return json(answered.status, answered.body);
    const [, kind = '', rest = ''] = /^\/(graphql|git\/trees|git\/blobs|tarball|compare)\/?(.*)$/.exec(path) ?? [];
    const [id = '', query = ''] = rest.split('?');
    if (kind === 'graphql') return json(200, graphql(repository, fullName, body, fake.pullRequests));
    if (kind === 'git/trees') return listTree(repository, id, query.includes('recursive=1'), fake.treeLimit);
    if (kind === 'git/blobs') return sendBlob(repository, id);
    if (kind === 'tarball') return { status: 302, headers: { location: `${downloads.url}/${id}` }, body: '' };
    if (kind === 'compare') return compare(repository, id);
    return notFound();
  }

  return fake;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
}

function graphql(repository: TestRepository, fullName: string, body: string, pulls: FakePulls): unknown {
  const { query, variables } = JSON.parse(body);
  try {
    const root = graphqlRoot(repository, fullName, () => gitHubUpdateRule(pulls));
    return { data: execute(query, variables, { ...root, ...gitHubPullMutations(pulls) }) };
  } catch (error) {
    const type = error instanceof GraphqlError ? error.type : 'undefinedField';
    return { data: null, errors: [{ type, message: (error as Error).message }] };
  }
}

function listTree(repository: TestRepository, id: string, recursive: boolean, limit: number): Reply {
  if (!exists(repository, `${id}^{tree}`)) return notFound();
  const listing = repository.git('ls-tree', '-z', '--full-tree', ...(recursive ? ['-r', '-t'] : []), id);
  const lines = listing.split('\0').filter((line) => line !== '');
  const tree = lines.map((line) => {
    const [mode = '', type = '', sha = ''] = line.slice(0, line.indexOf('\t')).split(' ');
    return { path: line.slice(line.indexOf('\t') + 1), mode, type, sha };
  });
  return json(200, { sha: id, tree: tree.slice(0, limit), truncated: tree.length > limit });
}

function sendBlob(repository: TestRepository, id: string): Reply {
  const { type, content = '' } = readObject(repository, id) ?? {};
  return type === 'blob' ? { status: 200, body: content } : notFound();
}

/** Like GitHub, runs `git archive` with attributes applied and puts everything in one folder. */
function sendTarball(repository: TestRepository, id: string, response: ServerResponse): void {
  if (!exists(repository, `${id}^{commit}`)) return void response.writeHead(404).end('{"message":"Not Found"}');
  const args = [
    '-C',
    repository.path,
    'archive',
    '--format=tar.gz',
    `--prefix=cloud-tuner-optscale-${id.slice(0, 7)}/`,
    id,
  ];
  response.writeHead(200).end(execGit(args));
}

function compare(repository: TestRepository, range: string): Reply {
  const [base = '', head = ''] = range.split('...');
  if (!exists(repository, `${base}^{commit}`) || !exists(repository, `${head}^{commit}`)) return notFound();
  const isBelow = (one: string, other: string) => repository.git('rev-list', '--max-count=1', one, `^${other}`) === '';
  const isOlder = isBelow(base, head);
  const isNewer = isBelow(head, base);
  const status = isOlder && isNewer ? 'identical' : isOlder ? 'ahead' : isNewer ? 'behind' : 'diverged';
  return json(200, { status, commits: [], files: [] });
}

function exists(repository: TestRepository, expression: string): boolean {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', expression];
  return quietly(() => repository.git(...args)) !== undefined;
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

function notFound(): Reply {
  return json(404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' });
}

function unauthorized(): Reply {
  return json(401, { message: 'Bad credentials' });
}
