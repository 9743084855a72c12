/** A fake of GitLab's API for merge requests and their notes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface GitLabNote {
  readonly id: number;
  readonly mergeRequest: number;
  body: string;
  readonly system: boolean;
}

export interface GitLabNotes {
  /** The head commit of each open merge request, by number. */
  readonly heads: Map<number, string>;
  readonly notes: GitLabNote[];
  /** True if new notes are stored but the connection breaks before the reply. */
  losesReplies?: boolean;
}

const PATH = /\/merge_requests\/(\d+)(?:\/notes(?:\/(\d+))?)?$/;

export function isAboutNotes(request: IncomingMessage): boolean {
  return PATH.test(new URL(request.url ?? '', 'http://gitlab').pathname);
}

/** Replies to a request for which `isAboutNotes` is true. */
export async function answerNotes(
  { heads, notes, losesReplies }: GitLabNotes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://gitlab');
  const [, number = '', id] = PATH.exec(pathname) ?? [];
  const mergeRequest = Number(number);
  const body = request.method === 'GET' ? '' : (JSON.parse(await text(request)) as { body: string }).body;
  const reply = (status: number, content: unknown) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  const sha = heads.get(mergeRequest);
  if (sha === undefined) return reply(404, { message: '404 Not found' });
  if (!pathname.includes('/notes')) return reply(200, { iid: mergeRequest, state: 'opened', sha });
  const own = notes.filter((note) => note.mergeRequest === mergeRequest);
  if (request.method === 'GET') {
    const perPage = Number(searchParams.get('per_page'));
    const start = (Number(searchParams.get('page')) - 1) * perPage;
    return reply(200, own.slice(start, start + perPage));
  }
  if (request.method === 'POST') {
    const note = { id: notes.length + 1, mergeRequest, body, system: false };
    notes.push(note);
    if (losesReplies) return void request.socket.destroy();
    return reply(201, note);
  }
  const note = own.find((each) => each.id === Number(id));
  if (request.method !== 'PUT' || note === undefined) return reply(404, { message: '404 Not found' });
  note.body = body;
  return reply(200, note);
}
