/**
 * Reports every updated ref to the running server after a push to the repository of a local pipeline, as GitHub would. git starts it on every
 * push, so it is plain JavaScript that needs no compiler. It never fails the push, which has happened already.
 * Arguments: the file with the server's address, the file with the secret.
 */
import { execFileSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';

const [addressFile = '', secretFile = ''] = process.argv.slice(2);
const NO_COMMIT = '0'.repeat(40);
/** GitHub's own limit was 20 for years; the server examines only pushes of exactly one commit. */
const MAX_COMMITS = 20;
/** As long as GitHub waits. */
const WAIT_MS = 10_000;
const NOT_SERVED = 'nothing was started (pipeline serve is not running); start the run by hand';

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** @param {string} before @param {string} after */
function isForced(before, after) {
  if (before === NO_COMMIT || after === NO_COMMIT) return false;
  try {
    git('merge-base', '--is-ancestor', before, after);
    return false;
  } catch {
    return true;
  }
}

/** @param {string} before @param {string} after */
function commitsOf(before, after) {
  if (after === NO_COMMIT) return [];
  const range = before === NO_COMMIT ? [after] : [after, `^${before}`];
  const ids = git('rev-list', '--reverse', `--max-count=${MAX_COMMITS}`, ...range, '--')
    .split('\n')
    .filter(Boolean);
  return ids.map((id) => {
    const changed = git('diff-tree', '--root', '--no-commit-id', '--no-renames', '-r', '-z', '--name-status', id).split(
      '\0',
    );
    /** @type {Record<string, string[]>} */
    const paths = { A: [], M: [], D: [] };
    for (let at = 0; at + 1 < changed.length; at += 2) (paths[changed[at]] ?? paths.M).push(changed[at + 1]);
    return {
      id,
      message: git('show', '-s', '--no-show-signature', '--format=%B', id).trimEnd(),
      added: paths.A,
      modified: paths.M,
      removed: paths.D,
    };
  });
}

/** @param {string} before @param {string} after @param {string} ref */
function payloadOf(before, after, ref) {
  const name = basename(process.cwd()).replace(/\.git$/, '') || 'repository';
  return {
    ref,
    before,
    after,
    created: before === NO_COMMIT,
    deleted: after === NO_COMMIT,
    forced: isForced(before, after),
    pusher: { name: pusherName() },
    repository: { id: 1, full_name: `local/${name}`, pushed_at: Math.floor(Date.now() / 1000), fork: false },
    commits: commitsOf(before, after),
  };
}

/** The user of this machine who pushes; a user without an entry has no name. */
function pusherName() {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** @param {unknown} payload @returns {Promise<string>} The outcome in words: never "nothing was started" of a request that may have arrived. */
async function deliver(payload) {
  let url, secret;
  try {
    ({ url } = JSON.parse(readFileSync(addressFile, 'utf8')));
    secret = readFileSync(secretFile, 'utf8').trim();
  } catch (error) {
    return error?.code === 'ENOENT' ? NOT_SERVED : `nothing was started (${error?.message}); start the run by hand`;
  }
  const body = Buffer.from(JSON.stringify(payload));
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  try {
    const signal = AbortSignal.timeout(WAIT_MS);
    const reply = await fetch(`${url}/webhook`, { method: 'POST', body, headers, signal });
    const { reason, run } = await reply.json();
    return run === undefined ? reason : `${reason}: ${run}`;
  } catch (error) {
    if (error?.cause?.code === 'ECONNREFUSED') return NOT_SERVED;
    const problem = error?.name === 'TimeoutError' ? `no answer within ${WAIT_MS / 1000} s` : error?.message;
    return `${problem}; the run may have been started all the same: npx pipeline status --endpoint-url ${url}`;
  }
}

const updates = readFileSync(0, 'utf8').split('\n').filter(Boolean);
for (const update of updates) {
  const [before = '', after = ''] = update.split(' ', 2);
  const ref = update.slice(before.length + after.length + 2);
  // Names come from the person who pushes and end up on a terminal.
  const shown = ref.replace(/\p{Cc}|\p{Cf}/gu, '?').slice(0, 120);
  try {
    process.stderr.write(`pipeline: ${shown}: ${await deliver(payloadOf(before, after, ref))}\n`);
  } catch (error) {
    process.stderr.write(`pipeline: ${shown}: nothing was started (${error?.message}); start the run by hand\n`);
  }
}
