/**
 * git's own protocol over https, version 0, for servers without version 2: https://git-scm.com/docs/http-protocol. Its list of refs has all
 * refs, and its first line tells the capabilities.
 */
import { UnusableReplyError } from '../../http/http-error';
import { readBytes } from '../../http/http-request';
import type { WireClient, WireOptions, WireRef } from './client';
import { AGENT, LARGEST_REPLY, postGit, pushRef, TIMEOUT } from './client';
import { readPack } from './pack';
import { FLUSH, line, packIn, parseLines, textsOf, type WireLine } from './pkt-line';

/**
 * Capabilities that are used if the server has them. Azure DevOps refuses a client that does not support `multi_ack`, although a request
 * with `done` needs no acknowledgements.
 */
const WANTED = ['multi_ack_detailed', 'multi_ack', 'thin-pack', 'side-band-64k', 'ofs-delta', 'no-progress', 'filter'];

/** What the server has. */
interface Advertisement {
  readonly refs: ReadonlyMap<string, WireRef>;
  readonly capabilities: readonly string[];
}

/** Parts of a fetch. `shallow` are commits whose parents the client does not have. */
interface Fetch {
  readonly wants: readonly string[];
  readonly depth: number;
  readonly filter?: string;
  readonly shallow?: readonly string[];
}

/** Creates the client, without a request. All of its calls throw `GitHostError`. A server without filters sends all files of a commit. */
export function createWireClientV0(options: WireOptions): WireClient {
  const { url, authorization, http } = options;

  async function advertise(): Promise<Advertisement> {
    const request = {
      method: 'GET',
      url: new URL(`${url}/info/refs?service=git-upload-pack`),
      headers: { authorization: await authorization(), 'user-agent': 'git/image-pipeline' },
      expect: [200],
      timeout: TIMEOUT,
    } as const;
    return http.exchange(request, async (reply) => parseRefs(parseLines(await readBytes(reply, LARGEST_REPLY))));
  }

  let told: Promise<readonly string[]> | undefined;
  /** A failed question is asked again. */
  function capabilities(): Promise<readonly string[]> {
    told ??= advertise().then((found) => found.capabilities);
    told.catch(() => {
      told = undefined;
    });
    return told;
  }

  async function fetchPack({ wants, depth, filter, shallow = [] }: Fetch): Promise<Buffer> {
    const known = await capabilities();
    const used = [...WANTED.filter((each) => known.includes(each)), AGENT].join(' ');
    const [first = '', ...others] = wants;
    const lines = [
      `want ${first} ${used}`,
      ...others.map((id) => `want ${id}`),
      ...shallow.map((id) => `shallow ${id}`),
      `deepen ${depth}`,
      ...(filter !== undefined && known.includes('filter') ? [`filter ${filter}`] : []),
    ];
    const haves = [...shallow.map((id) => `have ${id}`), 'done'];
    const message = [...lines.map((text) => line(`${text}\n`)), FLUSH, ...haves.map((text) => line(`${text}\n`))];
    return packOf(await postGit(options, 'git-upload-pack', Buffer.concat(message)));
  }

  return {
    listRefs: async (prefixes) => {
      const { refs } = await advertise();
      return new Map([...refs].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix))));
    },
    fetch: async (ids, withBlobs) =>
      readPack(await fetchPack({ wants: ids, depth: 1, ...(withBlobs ? {} : { filter: 'blob:none' }) })),
    fetchHistory: async (commits, depth, content) =>
      readPack(await fetchPack({ wants: commits, depth, filter: content === 'commits' ? 'tree:0' : 'blob:none' })),
    fetchSince: async (commit, known, find) =>
      readPack(await fetchPack({ wants: [commit], depth: 1, filter: 'blob:limit=1048577', shallow: known }), find),
    push: (move) => pushRef(options, move),
  };
}

/** Parses the list of refs. A line `<id> <name>^{}` has the object that the annotated tag before it points to. */
function parseRefs(lines: readonly WireLine[]): Advertisement {
  const [service, first = '', ...others] = textsOf(lines);
  if (service !== '# service=git-upload-pack') {
    throw new UnusableReplyError('NOT_GIT', 'the server did not reply in version 0 of the git protocol');
  }
  const [head = '', capabilities = ''] = first.split('\0');
  const refs = new Map<string, WireRef>();
  for (const text of [head, ...others]) {
    const [id = '', name = ''] = text.split(' ');
    const tag = refs.get(name.replace(/\^\{\}$/, ''));
    if (!name.endsWith('^{}')) refs.set(name, { id });
    else if (tag !== undefined) refs.set(name.slice(0, -3), { ...tag, peeled: id });
  }
  return { refs, capabilities: capabilities.trim().split(' ') };
}

/** Returns the pack. Before it, there are lines about shallow commits and acknowledgements. */
function packOf(lines: readonly WireLine[]): Buffer {
  const pack = packIn(lines);
  if (pack.length === 0) throw new UnusableReplyError('GIT', 'the server sent no pack');
  return pack;
}
