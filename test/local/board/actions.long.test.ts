/** The board's actions, done for real by the command line on a small pipeline. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { objectKeys } from '../../../core/contract/keys';
import { createBoardApp } from '../../../local/board/app';
import { openBoard } from '../../../local/board/board';
import { openHomeSource } from '../../../local/board/open-home';
import type { BoardSource } from '../../../local/board/source';
import { homePaths } from '../../../local/runtime/home';
import { OWN_PROGRAM } from '../../support/deliveries/served-pipeline';
import { makeSmallPipeline } from '../../support/pipeline/small-pipeline';

const HOST = { host: '127.0.0.1:8084' };

async function openSmallBoard(act: BoardSource['act']) {
  const pipeline = await makeSmallPipeline();
  const source = { ...(await openHomeSource(pipeline.home)), act };
  const board = openBoard({ source, program: OWN_PROGRAM, now: Date.now, onFault: () => undefined });
  const app = createBoardApp(board);
  const cookie = board.key.cookieFor(board.key.entryPath.split('key=')[1])?.split(';')[0] ?? '';
  const token = board.key.tokenFor(cookie) ?? '';
  const headers = { ...HOST, cookie };
  const objects = homePaths(pipeline.home).objects;
  return {
    pipeline,
    get: async (path: string) => (await app.request(path, { headers })).text(),
    post: (path: string, form: Record<string, string>) =>
      app.request(path, { method: 'POST', headers, body: new URLSearchParams({ token, ...form }) }),
    write: (key: string, value: unknown) => {
      mkdirSync(dirname(join(objects, key)), { recursive: true });
      writeFileSync(join(objects, key), JSON.stringify(value));
    },
    /** Follows a redirect to a command, and returns its page once it has ended. */
    ended: async (reply: Response) => {
      expect(reply.status).toBe(303);
      const path = reply.headers.get('location') ?? '';
      await board.commands.ended(path.split('/').at(-1) ?? '');
      return (await app.request(path, { headers })).text();
    },
  };
}

type SmallBoard = Awaited<ReturnType<typeof openSmallBoard>>;

let board: SmallBoard;
const acted: unknown[][] = [];

beforeAll(async () => {
  board = await openSmallBoard(async (...words) => {
    acted.push(words);
    if (words[0] === 'redrive')
      throw Object.assign(new Error('not authorized to perform states:RedriveExecution'), {
        name: 'AccessDeniedException',
      });
  });
});

afterAll(() => board.pipeline.remove());

describe('a start', () => {
  test('shows its plan and its command first, and begins only after the confirmation', async () => {
    const form = { ref: 'main', version: 'v1.4.0' };
    const preview = await (await board.post('/start/release', { ...form, preview: 'yes' })).text();
    expect(preview).toContain('to build 4, to retag 0, to keep 0');
    expect(preview).toContain('npx pipeline run release');
    expect(board.pipeline.read('chart/values.yaml')).toContain('v1.3.0');

    const page = await board.ended(await board.post('/start/release', { ...form, confirmed: 'yes' }));
    expect(page).toContain('done');
    expect(board.pipeline.read('chart/values.yaml')).toContain('v1.4.0');
    const run = /href="(\/runs\/release-v1-4-0-[^"]+)"/.exec(page)?.[1] ?? '';
    expect(await board.get(run)).toContain('succeeded');
  }, 120_000);

  test('with bad fields gives the form back, with every problem and what was typed', async () => {
    const reply = await board.post('/start/release', { ref: 'main', version: 'one point four', from: '?' });
    const page = await reply.text();
    expect(reply.status).toBe(422);
    expect(page).toContain('version: ');
    expect(page).toContain('from: ');
    expect(page).toContain('value="one point four"');
  });

  test('that fails says why', async () => {
    const page = await board.ended(
      await board.post('/start/release', { ref: 'nowhere', version: 'v9.0.0', confirmed: 'yes' }),
    );
    expect(page).toContain('failed');
    expect(page).toContain('nowhere');
  });
});

describe('an action on a run', () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const arn = 'arn:aws:states:local-1:000000000000:execution:ImagePipeline:';

  function writeExecution(run: string, status: string) {
    const file = join(homePaths(board.pipeline.home).executions, run, 'execution.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ name: run, input: '{}', status, startedAt: Date.now() }));
  }

  test.each([
    ['approve', '"approved":true'],
    ['reject', '"approved":false'],
  ])(
    '%s stores the answer by the command that was shown',
    async (action, answer) => {
      const run = `waits-${action}`;
      board.write(objectKeys.approval(run), { schema: 1, run, token: 't', until });
      expect(await board.get(`/runs/${run}/${action}`)).toContain(`npx pipeline ${action} ${run} --home`);
      const page = await board.ended(await board.post(`/runs/${run}/${action}`, { reason: 'because' }));
      expect(page).toContain('done');
      const file = join(homePaths(board.pipeline.home).objects, objectKeys.answer(run));
      expect(JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))).toContain(answer);
      // The second answer comes too late.
      expect((await board.post(`/runs/${run}/${action}`, {})).status).toBe(409);
    },
    60_000,
  );

  test('stop reaches the execution, with the command of AWS for the same', async () => {
    writeExecution('runs-1', 'RUNNING');
    expect(await board.get('/runs/runs-1/stop')).toContain(
      `aws stepfunctions stop-execution --execution-arn ${arn}runs-1`,
    );
    expect(await board.ended(await board.post('/runs/runs-1/stop', {}))).toContain('done');
    expect(acted).toContainEqual(['stop', `${arn}runs-1`]);
  });

  test('an action that the caller may not do says so', async () => {
    writeExecution('failed-1', 'FAILED');
    const page = await board.ended(await board.post('/runs/failed-1/redrive', {}));
    expect(page).toContain('AccessDeniedException: not authorized');
  });

  test('an action that makes no sense is refused, and nothing is done', async () => {
    writeExecution('ended-1', 'SUCCEEDED');
    const before = acted.length;
    expect((await board.post('/runs/ended-1/stop', {})).status).toBe(409);
    expect((await board.post('/runs/nothing/stop', {})).status).toBe(404);
    expect(acted).toHaveLength(before);
  });
});
