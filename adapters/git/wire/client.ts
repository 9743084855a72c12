/** git's own protocol over https, version 2: https://git-scm.com/docs/protocol-v2. Every git server supports it. */
import type { HttpClient } from '../../http/http-client';
import { UnusableReplyError } from '../../http/http-error';
import { readBytes } from '../../http/http-request';
import { candidateRefs, isRefName } from '../object-name';
import type { GitObjects } from './objects';
import { type FindObject, readPack } from './pack';
import { DELIMITER, FLUSH, line, packIn, parseLines, refusalIn, textOfLine, textsOf, type WireLine } from './pkt-line';

export interface WireOptions {
  /** `https://host/group/name.git`. */
  readonly url: string;
  /** The `Authorization` header. */
  readonly authorization: () => Promise<string>;
  readonly http: HttpClient;
  /** True to ask first if the server has filters. Without them, a fetch brings files that are not needed. */
  readonly checksFilters?: boolean;
}

/** What to fetch of each commit: nothing else, or its trees. */
export type HistoryContent = 'commits' | 'trees';

/** A ref in the server's list. `peeled` is the object that an annotated tag finally points to. */
export interface WireRef {
  readonly id: string;
  readonly peeled?: string;
}

export interface WireClient {
  /** Returns the refs whose names begin with one of the prefixes. */
  listRefs(prefixes: readonly string[]): Promise<ReadonlyMap<string, WireRef>>;
  /** Returns the objects and the trees of commits at depth 1, and their files if `withBlobs` is true. An unknown id is an error. */
  fetch(ids: readonly string[], withBlobs: boolean): Promise<GitObjects>;
  /** Returns the commits and their ancestors up to that depth, with their trees if asked for. An unknown id is an error. */
  fetchHistory(commits: readonly string[], depth: number, content: HistoryContent): Promise<GitObjects>;
  /**
   * Returns the commit, its trees and its files up to 1 MiB at depth 1, without most objects of the `known` commits. `find` returns the
   * cached objects of those. An object that is a delta of any other object is left out.
   */
  fetchSince(commit: string, known: readonly string[], find: FindObject): Promise<GitObjects>;
  /** Updates a ref if it is still at `from`. Returns the server's reason for a refusal, or undefined. */
  push(move: RefMove): Promise<string | undefined>;
}

interface RefMove {
  readonly ref: string;
  /** Default: the ref must not exist. */
  readonly from?: string;
  readonly to: string;
  readonly pack: Buffer;
}

export const AGENT = 'agent=image-pipeline';

/** Replies are held in memory. */
export const LARGEST_REPLY = 1024 * 1024 * 1024;

export const TIMEOUT = 5 * 60 * 1000;

/** Sends a message to a service of the server. Version 2 does not cover pushes. */
export async function postGit(
  { url, authorization, http }: WireOptions,
  service: 'git-upload-pack' | 'git-receive-pack',
  body: Buffer,
  version: 0 | 2 = 0,
): Promise<readonly WireLine[]> {
  const request = {
    method: 'POST',
    url: new URL(`${url}/${service}`),
    headers: {
      accept: `application/x-${service}-result`,
      authorization: await authorization(),
      'content-type': `application/x-${service}-request`,
      ...(version === 2 ? { 'git-protocol': 'version=2' } : {}),
      'user-agent': 'git/image-pipeline',
    },
    body,
    expect: [200],
    repeatable: true,
    timeout: TIMEOUT,
  } as const;
  return http.exchange(request, async (reply) => parseLines(await readBytes(reply, LARGEST_REPLY)));
}

/** Creates the client, without a request. All of its calls throw `GitHostError`. */
export function createWireClient(options: WireOptions): WireClient {
  const { url, authorization, http, checksFilters = false } = options;
  const call = (body: Buffer) => postGit(options, 'git-upload-pack', body, 2);

  let asked: Promise<boolean> | undefined;

  /** Returns the option of a fetch, or none if the server has no filters. A failed question is asked again. */
  async function filter(spec: string): Promise<readonly string[]> {
    asked ??= checksFilters ? hasFilters({ url, authorization, http }) : Promise.resolve(true);
    asked.catch(() => {
      asked = undefined;
    });
    return (await asked) ? [`filter ${spec}`] : [];
  }

  async function fetchPack(options: readonly string[]): Promise<Buffer> {
    const lines = options.map((text) => line(`${text}\n`));
    const head = [line('command=fetch\n'), line(AGENT), line('object-format=sha1'), DELIMITER];
    return packOf(await call(Buffer.concat([...head, ...lines, FLUSH])));
  }

  return {
    listRefs: async (prefixes) => {
      const body = [line('command=ls-refs\n'), line(AGENT), DELIMITER, line('peel\n')];
      const asked = prefixes.map((prefix) => line(`ref-prefix ${prefix}\n`));
      return parseRefs(await call(Buffer.concat([...body, ...asked, FLUSH])));
    },
    fetch: async (ids, withBlobs) => {
      const wants = ids.map((id) => `want ${id}`);
      const filters = withBlobs ? [] : await filter('blob:none');
      return readPack(await fetchPack(['no-progress', 'ofs-delta', 'deepen 1', ...filters, ...wants, 'done']));
    },
    fetchHistory: async (commits, depth, content) => {
      const wants = commits.map((id) => `want ${id}`);
      const filters = await filter(content === 'commits' ? 'tree:0' : 'blob:none');
      return readPack(await fetchPack(['no-progress', 'ofs-delta', `deepen ${depth}`, ...filters, ...wants, 'done']));
    },
    fetchSince: async (commit, known, find) => {
      // git omits the objects of shallow commits only from a thin pack. Without `deepen`, an unknown `have` would fetch the whole history.
      const options = ['thin-pack', 'no-progress', 'ofs-delta', 'deepen 1', ...(await filter('blob:limit=1048577'))];
      const shallow = known.map((id) => `shallow ${id}`);
      const have = known.map((id) => `have ${id}`);
      return readPack(await fetchPack([...options, ...shallow, `want ${commit}`, ...have, 'done']), find);
    },
    push: (move) => pushRef(options, move),
  };
}

const NO_OBJECT = '0'.repeat(40);

/** Does `WireClient.push`, which both versions of the protocol do alike. */
export async function pushRef(options: WireOptions, move: RefMove): Promise<string | undefined> {
  const { ref, from = NO_OBJECT, to, pack } = move;
  const command = line(`${from} ${to} ${ref}\0 report-status ${AGENT}`);
  return refusalIn(await postGit(options, 'git-receive-pack', Buffer.concat([command, FLUSH, pack])));
}

/** Asks for the server's capabilities: https://git-scm.com/docs/protocol-v2#_capability_advertisement. */
async function hasFilters({ url, authorization, http }: WireOptions): Promise<boolean> {
  const request = {
    method: 'GET',
    url: new URL(`${url}/info/refs?service=git-upload-pack`),
    headers: { authorization: await authorization(), 'git-protocol': 'version=2', 'user-agent': 'git/image-pipeline' },
    expect: [200],
    timeout: TIMEOUT,
  } as const;
  const lines = await http.exchange(request, async (reply) => parseLines(await readBytes(reply, LARGEST_REPLY)));
  const texts = textsOf(lines);
  if (!texts.includes('version 2')) {
    throw new UnusableReplyError('GIT', 'the server does not support version 2 of the git protocol');
  }
  return texts.some((text) => text.startsWith('fetch=') && text.slice('fetch='.length).split(' ').includes('filter'));
}

function parseRefs(lines: readonly WireLine[]): ReadonlyMap<string, WireRef> {
  const refs = lines.flatMap((each) => {
    if (typeof each === 'string') return [];
    const [id = '', name = '', ...attributes] = textOfLine(each).split(' ');
    const peeled = attributes.find((attribute) => attribute.startsWith('peeled:'))?.slice('peeled:'.length);
    return [[name, { id, ...(peeled === undefined ? {} : { peeled }) }] as const];
  });
  return new Map(refs);
}

/** Returns the pack, which follows the line `packfile`. */
function packOf(lines: readonly WireLine[]): Buffer {
  const start = lines.findIndex((each) => typeof each !== 'string' && textOfLine(each) === 'packfile');
  const pack = packIn(lines.slice(start + 1));
  if (start < 0) throw new UnusableReplyError('GIT', 'the server sent no pack');
  return pack;
}

/** Returns the commit of a full ref, a branch or a tag, looked up in this order; undefined if there is none of that name. */
export async function resolveName(client: WireClient, name: string): Promise<string | undefined> {
  const names = candidateRefs(name);
  const refs = await client.listRefs(names);
  const found = names.map((each) => refs.get(each)).find((ref): ref is WireRef => ref !== undefined);
  return found?.peeled ?? found?.id;
}

/** Returns the branch's head, or undefined if there is no such branch. */
export async function branchHead(client: WireClient, branch: string): Promise<string | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await client.listRefs([name])).get(name)?.id;
}
