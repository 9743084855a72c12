/** Deliveries over HTTP and real git pushes to a served pipeline. Each push gets one run. */
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { homePaths, summaryFile } from '../../../local/runtime/home';
import { STATE_MACHINE_ARN } from '../../../local/serve/execution-store';
import { deliver, pushPayload } from '../../lambdas/webhook/deliveries';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';
import { gitEnvironment } from '../../support/git/git-repository';

let served: ServedPipeline;
let clone: string;

beforeAll(async () => {
  served = await servePipelineOfTests();
  served.repository.git('branch', 'develop', 'main');
  clone = join(served.folder, 'clone');
  execFileSync('git', ['clone', '--quiet', served.repository.path, clone], { env: gitEnvironment() });
}, 60_000);

afterAll(() => served.end());

function secret(): string {
  return readFileSync(homePaths(served.home).webhookSecret, 'utf8');
}

async function post(delivery: ReturnType<typeof deliver>) {
  const headers = Object.entries(delivery.headers).filter(
    (header): header is [string, string] => header[1] !== undefined,
  );
  const reply = await fetch(`${served.serving().url}/webhook`, {
    method: 'POST',
    headers,
    body: new Uint8Array(delivery.body),
  });
  return { status: reply.status, body: (await reply.json()) as { result: string; reason: string; run?: string } };
}

async function runs(): Promise<readonly string[]> {
  const { executions } = await served.client().send(new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE_ARN }));
  return (executions ?? []).map(({ name }) => name ?? '');
}

/** Commits in the clone and pushes to the branch. Returns the output of git. */
async function push(branch: string, file: string, ...options: string[]): Promise<string> {
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-C', clone, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      env: gitEnvironment(),
    });
  writeFileSync(join(clone, file), `${file} ${Math.random()}\n`);
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'a change');
  const { stderr } = await git('push', ...options, 'origin', `HEAD:refs/heads/${branch}`);
  return stderr;
}

function runIn(output: string): string {
  const name = /: (push-[\w-]+)/.exec(output)?.[1];
  if (name === undefined) throw new Error(`no run in: ${output}`);
  return name;
}

describe('deliveries over HTTP', () => {
  test('of one push get one run, for five concurrent ones and one after the run', async () => {
    const commit = served.repository.commit('develop', { 'ngui/index.html': '<html>1</html>\n' });
    const payload = pushPayload({ after: commit, before: '1'.repeat(40) });

    const replies = await Promise.all(Array.from({ length: 5 }, () => post(deliver(payload, {}, secret()))));
    const run = replies[0]?.body.run ?? '';
    const ended = await served.ended(run);
    const later = await post(deliver(payload, {}, secret()));

    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(ended.input ?? '')).toEqual({ action: 'push', ref: 'refs/heads/develop', commit });
    expect(new Set(replies.map(({ body }) => body.run))).toEqual(new Set([run]));
    expect(later).toMatchObject({ status: 200, body: { result: 'already', run } });
    expect(await runs()).toEqual([run]);
  }, 60_000);

  test('that are forged or too large start nothing and reveal nothing', async () => {
    const before = await runs();
    const wrong = await post(deliver(pushPayload(), {}, 'a guess'));
    const unsigned = await post(deliver(pushPayload(), { 'x-hub-signature-256': undefined }));
    const changed = await post(
      deliver(`${JSON.stringify(pushPayload())} `, deliver(pushPayload(), {}, secret()).headers),
    );
    const large = await post(deliver(Buffer.alloc(2 * 1024 * 1024 + 1, ' '), {}, secret()));

    expect([wrong, unsigned, changed, large].map(({ status }) => status)).toEqual([401, 401, 401, 413]);
    expect(await runs()).toEqual(before);
    expect(JSON.stringify(served.events)).not.toContain(secret());
  });

  test('are verified over the raw bytes in any encoding', async () => {
    const bytes = Buffer.from(` ${JSON.stringify(pushPayload({ ref: 'refs/heads/größe', pusher: 'é\u0000' }))}\n`);
    const signature = `sha256=${createHmac('sha256', secret()).update(bytes).digest('hex')}`;

    const reply = await post(deliver(bytes, { 'x-hub-signature-256': signature }));

    expect(reply).toMatchObject({ status: 200, body: { result: 'ignored' } });
  });

  test('are refused with another host name, and other paths are not found', async () => {
    const { url } = served.serving();
    const status = await new Promise<number | undefined>((fulfil, reject) => {
      const request = get(url, { headers: { host: 'attacker.example' } }, (reply) => {
        reply.resume();
        fulfil(reply.statusCode);
      });
      request.on('error', reject);
    });

    expect(status).toBe(403);
    expect((await fetch(`${url}/other`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(404);
  });
});

describe('the secret', () => {
  test('is readable by its owner only and survives a restart', async () => {
    const before = secret();
    await served.restart();

    expect(statSync(homePaths(served.home).webhookSecret).mode & 0o777).toBe(0o600);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(secret()).toBe(before);
  }, 60_000);
});

describe('a git push to the repository', () => {
  test('starts exactly one run, which updates the values file', async () => {
    const before = await runs();
    const output = await push('develop', 'auth/main.py', '--force');
    const ended = await served.ended(runIn(output));

    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(ended.input ?? '').commit).toBe(
      execFileSync('git', ['-C', clone, 'rev-parse', 'HEAD']).toString().trim(),
    );
    expect((await runs()).length).toBe(before.length + 1);
    expect(served.read('chart/values.yaml', 'develop')).toContain('v1.4.0-dev');
  }, 60_000);

  test('to a branch without a push rule, or of a deletion, prints the reason', async () => {
    const before = await runs();
    const output = await push('main', 'ngui/index.html');
    await push('feature/gone', 'ngui/index.html').then((text) => served.ended(runIn(text)));
    const { stderr } = await promisify(execFile)('git', ['-C', clone, 'push', 'origin', '--delete', 'feature/gone']);

    expect(output).toContain("branch rule 'main' does not allow push");
    expect(stderr).toContain('the branch was deleted');
    expect((await runs()).length).toBe(before.length + 1);
  }, 60_000);

  test('of a branch without a catalog starts a run that succeeds with a note', async () => {
    const git = (...args: string[]) => promisify(execFile)('git', ['-C', clone, ...args], { env: gitEnvironment() });
    const { stdout } = await git('rev-parse', 'HEAD');
    await git('checkout', '--quiet', '--orphan', 'older');
    await git('rm', '-r', '--quiet', '--force', '.');
    const output = await push('feature/older', 'README.md');
    await git('checkout', '--quiet', '--detach', stdout.trim());
    const ended = await served.ended(runIn(output));
    const summary = readFileSync(summaryFile(served.home, runIn(output)), 'utf8');

    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(ended.output ?? '')).toMatchObject({
      status: 'SUCCEEDED',
      note: 'this commit has no catalog pipeline.yaml: nothing to do',
      commit: null,
    });
    expect(summary).toContain('this commit has no catalog pipeline.yaml: nothing to do');
  }, 60_000);

  test.each([
    'feature/$(id>pwned)',
    "feature/`id`';true",
    'feature/--force',
    'feature/größe-☃',
    `feature/${'x'.repeat(200)}`,
  ])(
    'treats the branch name %s as data',
    async (branch) => {
      const output = await push(branch, 'ngui/index.html');
      const ended = await served.ended(runIn(output));

      expect(JSON.parse(ended.input ?? '').ref).toBe(`refs/heads/${branch}`);
      expect(existsSync(join(served.repository.path, 'pwned'))).toBe(false);
    },
    60_000,
  );

  test('succeeds while no server runs and prints that nothing was started', async () => {
    await served.serving().close();
    const output = await push('develop', 'etcd/conf', '--force');
    await served.restart();

    expect(output).toContain('pipeline serve is not running');
  }, 60_000);
});
