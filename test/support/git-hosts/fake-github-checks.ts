/** A fake of GitHub's check runs. Only an App may write them, and each App only its own. */
import type { ApiAnswer, ApiCall } from '../git/git-api-server';
import type { WrittenCheck } from './fake-github-writes';

const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];
/** The maximum length of `output.summary`. */
const LONGEST_SUMMARY = 65_535;
const INVALID: ApiAnswer = { status: 422, body: { message: 'Invalid request.' } };

/**
 * Replies to requests for check runs. Returns undefined for any other path. `app` is the App of the caller, undefined for the token of a
 * person.
 */
export function answerCheck(
  checks: WrittenCheck[],
  app: number | undefined,
  { name, query, body }: ApiCall,
  has: (commit: string) => boolean,
): ApiAnswer | undefined {
  const listed = /^GET \/commits\/([^/]+)\/check-runs$/.exec(name)?.[1];
  if (listed !== undefined) return list(checks, listed, query);
  const edited = /^PATCH \/check-runs\/(\d+)$/.exec(name)?.[1];
  const isNew = name === 'POST /check-runs';
  if (!isNew && edited === undefined) return undefined;
  if (app === undefined) return { status: 403, body: { message: 'You must authenticate via a GitHub App.' } };
  const asked = body as unknown as Omit<WrittenCheck, 'id' | 'app'>;
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

function isComplete({ status, conclusion, output }: Pick<WrittenCheck, 'status' | 'conclusion' | 'output'>): boolean {
  const isEnded = status === 'completed' ? CONCLUSIONS.includes(conclusion ?? '') : conclusion === undefined;
  return isEnded && output.title !== '' && output.summary.length <= LONGEST_SUMMARY;
}

function list(checks: readonly WrittenCheck[], commit: string, query: URLSearchParams): ApiAnswer {
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
