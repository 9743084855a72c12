/** A fake of GitLab's API for merge requests and their notes. */
import { type ApiAnswer, type ApiCall, NOT_FOUND } from '../git/git-api-server';

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

/** Replies to calls about merge requests and notes; undefined for any other. */
export function answerGitLabNotes(
  { heads, notes, losesReplies = false }: GitLabNotes,
  { name, query, body: given }: ApiCall,
): ApiAnswer | undefined {
  const [, method, number, rest, id] = /^(\w+) \/merge_requests\/(\d+)(\/notes(?:\/(\d+))?)?$/.exec(name) ?? [];
  if (method === undefined) return undefined;
  const { body = '' }: { readonly body?: string } = given;
  const mergeRequest = Number(number);
  const sha = heads.get(mergeRequest);
  if (sha === undefined) return NOT_FOUND;
  if (rest === undefined) return { status: 200, body: { iid: mergeRequest, state: 'opened', sha } };
  const own = notes.filter((note) => note.mergeRequest === mergeRequest);
  if (method === 'GET') {
    const perPage = Number(query.get('per_page'));
    const start = (Number(query.get('page')) - 1) * perPage;
    return { status: 200, body: own.slice(start, start + perPage) };
  }
  if (method === 'POST') {
    const note = { id: notes.length + 1, mergeRequest, body, system: false };
    notes.push(note);
    return { status: 201, body: note, isLost: losesReplies };
  }
  const note = own.find((each) => each.id === Number(id));
  if (method !== 'PUT' || note === undefined) return NOT_FOUND;
  note.body = body;
  return { status: 200, body: note };
}
