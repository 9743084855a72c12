/** A fake of GitHub's check runs. Only an App may write them, and each App only its own. */
import type { Answer, RestWrite, WrittenCheck } from './fake-github-writes';

const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];
/** The maximum length of `output.summary`. */
const LONGEST_SUMMARY = 65_535;
const INVALID: Answer = { status: 422, body: { message: 'Invalid request.' } };

/** Replies to requests for check runs. Returns undefined for any other path. */
export function answerCheck(
  checks: WrittenCheck[],
  { method, path, body, app }: RestWrite,
  has: (commit: string) => boolean,
): Answer | undefined {
  const url = new URL(path, 'http://github');
  const listed = /^\/commits\/([^/]+)\/check-runs$/.exec(url.pathname)?.[1];
  if (listed !== undefined && method === 'GET') return list(checks, listed, url.searchParams);
  const edited = /^\/check-runs\/(\d+)$/.exec(url.pathname)?.[1];
  const isNew = url.pathname === '/check-runs' && method === 'POST';
  if (!isNew && (edited === undefined || method !== 'PATCH')) return undefined;
  if (app === undefined) return { status: 403, body: { message: 'You must authenticate via a GitHub App.' } };
  const asked = JSON.parse(body);
  if (!isComplete(asked)) return INVALID;
  if (isNew) {
    if (!has(asked.head_sha)) return { status: 422, body: { message: `No commit found for SHA: ${asked.head_sha}` } };
    const check = { id: 501 + checks.length, app, ...asked };
    checks.push(check);
    return { status: 201, body: shown(check) };
  }
  const index = checks.findIndex(({ id }) => id === Number(edited));
  const before = checks[index];
  if (before === undefined) return { status: 404, body: { message: 'Not Found' } };
  if (before.app !== app) return { status: 403, body: { message: 'Invalid app_id' } };
  // A check that is in progress again has no conclusion.
  const { conclusion: _, ...kept } = before;
  const after = { ...kept, ...asked };
  checks[index] = after;
  return { status: 200, body: shown(after) };
}

function isComplete({ status, conclusion, output }: WrittenCheck): boolean {
  const isEnded = status === 'completed' ? CONCLUSIONS.includes(conclusion ?? '') : conclusion === undefined;
  return isEnded && output.title !== '' && output.summary.length <= LONGEST_SUMMARY;
}

function list(checks: readonly WrittenCheck[], commit: string, query: URLSearchParams): Answer {
  const found = checks.filter(
    (check) =>
      check.head_sha === commit &&
      check.name === query.get('check_name') &&
      check.app === Number(query.get('app_id') ?? check.app),
  );
  // The default filter `latest` returns one check run of each name.
  const listed = query.get('filter') === 'all' ? found : found.slice(-1);
  const page = listed.slice(0, Number(query.get('per_page') ?? 30));
  return { status: 200, body: { total_count: listed.length, check_runs: page.map(shown) } };
}

function shown({ id, name, head_sha, external_id, details_url, status, conclusion, output }: WrittenCheck): object {
  const { title, summary } = output;
  return {
    id,
    name,
    head_sha,
    external_id: external_id ?? '',
    details_url: details_url ?? '',
    status,
    ...(conclusion === undefined ? {} : { conclusion }),
    output: { title, summary },
  };
}
