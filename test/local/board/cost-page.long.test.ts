/** The board's page of cost, with and without recorded builds. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBoardApp } from '../../../local/board/app';
import { openBoard } from '../../../local/board/board';
import { openHomeSource } from '../../../local/board/open-home';
import { homePaths } from '../../../local/runtime/home';
import { OWN_PROGRAM } from '../../support/deliveries/served-pipeline';
import { type BoardHome, makeBoardHome } from '../../support/pipeline/board-home';

let made: BoardHome;
let file: string;
beforeAll(async () => {
  made = await makeBoardHome({ services: 3, runs: 8 });
  file = join(homePaths(made.home).objects, 'times.json');
});
afterEach(() => rmSync(file, { force: true }));
afterAll(() => made.remove());

/** Returns the page of a new board, once the pushes are replayed. */
async function costPage(): Promise<string> {
  const source = await openHomeSource(made.home);
  const app = createBoardApp(openBoard({ source, program: OWN_PROGRAM, now: Date.now, onFault: () => undefined }));
  for (let at = 0; at < 150; at += 1) {
    const page = await (await app.request('/cost', { headers: { host: '127.0.0.1:8084' } })).text();
    if (page.includes('replayed:')) return page;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the pushes were not replayed');
}

test('names machines that are larger than recorded builds need', async () => {
  const job = { name: 'service-1', machine: 'x86_64 medium', parts: { build: 300 }, submittedAt: 1 };
  const jobs = [1, 2, 3, 4, 5].map((endedAt) => ({ ...job, endedAt, usage: { memory: 2 ** 30, cpu: 0 } }));
  writeFileSync(file, JSON.stringify({ schema: 1, jobs, runs: [] }));

  const page = await costPage();
  expect(page).toContain('service-1: small, because recorded builds used up to 1 of its 4 GiB');
  expect(page).toContain(`--recorded ${made.home}`);
});

test.each([
  ['missing', undefined],
  ['damaged', '{"schema":1,'],
])('replays the pushes alone if the record of builds is %s', async (_, text) => {
  if (text !== undefined) writeFileSync(file, text);

  const page = await costPage();
  expect(page).toContain('pushes replayed:');
  expect(page).not.toMatch(/--recorded|because recorded builds/);
});
