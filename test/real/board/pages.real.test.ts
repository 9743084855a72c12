/**
 * The board in Debian's Chromium: every page by axe and as a picture, the guards, and an approval. Pictures are left in
 * `.local/board-pictures`.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { objectKeys } from '../../../core/contract/keys';
import { openHomeSource } from '../../../local/board/open-home';
import { type ServedBoard, serveBoard } from '../../../local/board/serve-board';
import { homePaths } from '../../../local/runtime/home';
import { OWN_PROGRAM } from '../../support/deliveries/served-pipeline';
import { type BoardHome, LAST, makeBoardHome } from '../../support/pipeline/board-home';
import { plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const PICTURES = join(__dirname, '../../../.local/board-pictures');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [400, 1280, 2560];
const SCHEMES = ['light', 'dark'] as const;
const WAITING = 'release-v2-0-0-20261129T085000000';

let browser: Browser;
let made: BoardHome;
let board: ServedBoard;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  made = await makeBoardHome({ services: 73, runs: 130 });
  writeWaitingRun();
  board = await serveBoard({
    source: await openHomeSource(made.home),
    program: OWN_PROGRAM,
    port: 0,
    now: () => LAST + 60_000,
    onFault: (message) => faults.push(message),
  });
}, 120_000);

afterAll(async () => {
  await board?.close();
  await browser?.close();
  made?.remove();
  expect(faults).toEqual([]);
});

const faults: string[] = [];

function writeWaitingRun(): void {
  const services = [plannedService('service-1', 'build'), plannedService('service-2', 'retag')];
  made.write(objectKeys.plan(WAITING), planOf(services, { run: WAITING, environment: 'production' }));
  const approval = { schema: 1, run: WAITING, token: 't', until: '2999-01-01T00:00:00.000Z' };
  made.write(objectKeys.approval(WAITING), approval);
}

/** Opens a browser that has the key of the start. What it may not load or run fails the test. */
async function enter(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`in the browser: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (403|404|409|422)|INCOMPLETE_CHUNKED/.test(message.text()))
      faults.push(message.text());
  });
  await page.goto(board.entry);
  return { page, context };
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  // The graph within the impact page is a page of its own.
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)}, iframes: false }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  );
  return found as string[];
}

/** The pages, each with a text that it has when everything behind it is worked out. */
function pages(): readonly (readonly [name: string, path: string, text: string])[] {
  const failed = made.runs.findLast((run) => run.startsWith('push-develop-119')) ?? '';
  const release = made.runs.findLast((run) => run.startsWith('release')) ?? '';
  return [
    ['environments', '/', 'The next release builds'],
    ['runs', '/runs', 'page 1 of'],
    ['run-failed', `/runs/${failed}`, 'Jobs that did not succeed'],
    ['run-release', `/runs/${release}`, 'Timeline'],
    ['run-waiting', `/runs/${WAITING}`, 'Waits for approval'],
    ['services', '/services', 'service-72'],
    ['service', '/services/service-4', 'Folder and Dockerfile'],
    ['impact', '/impact?ref=main&base=main~1', 'The graph as a page of its own'],
    ['cost', '/cost', 'replayed'],
    ['start', '/start', 'Start a run'],
    ['start-release', '/start/release', 'Preview the plan'],
    ['approve', `/runs/${WAITING}/approve`, 'npx pipeline approve'],
    ['not-found', '/nothing', 'Not found'],
  ];
}

const NAMES = [
  'environments',
  'runs',
  'run-failed',
  'run-release',
  'run-waiting',
  'services',
  'service',
  'impact',
  'cost',
  'start',
  'start-release',
  'approve',
  'not-found',
];

describe.each(NAMES)('the page %s', (name) => {
  test('has no violation of axe, no sideways scrolling, and a picture at each width in both schemes', async () => {
    const [, path = '', text = ''] = pages().find(([each]) => each === name) ?? [];
    for (const colorScheme of SCHEMES) {
      const { page, context } = await enter({ colorScheme });
      await page.goto(board.url + path);
      // Pages renew themselves without a reload.
      await page.getByText(text).first().waitFor({ timeout: 60_000 });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: width !== 400 });
        if (width !== 2560) expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []]);
      }
      await context.close();
    }
  });
});

describe('without script', () => {
  test('every page can be read', async () => {
    const { page, context } = await enter({ javaScriptEnabled: false });
    for (const [, path, text] of pages()) {
      await page.goto(board.url + path);
      expect(await page.content()).toContain(text);
    }
    await context.close();
  });
});

describe('guards', () => {
  test('a page of another origin can neither send a form nor read a page', async () => {
    const { page, context } = await enter();
    await page.goto('data:text/html,<title>other</title>');
    const form = `fetch('${board.url}/start/release', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ confirmed: 'yes' }) })`;
    const read = `fetch('${board.url}/runs').then((reply) => reply.text(), () => 'refused')`;
    await page.evaluate(`${form}.catch(() => undefined)`);
    expect(await page.evaluate(read)).toBe('refused');
    faults.length = 0;
    await context.close();
  });

  test('a browser without the key reads, and is told how to act', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${board.url}/runs/${WAITING}/approve`);
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await page.content()).toContain('This browser may read, but not act');
    await context.close();
  });
});

test('a new run appears in an open page within a second, and what was open stays open', async () => {
  const { page, context } = await enter();
  await page.goto(`${board.url}/runs`);
  await page.waitForTimeout(800);
  const run = 'push-develop-live-20261129T090030000';
  const start = performance.now();
  made.write(objectKeys.report(run), reportOf({ run }));
  await page.getByText(run).waitFor({ timeout: 5000 });
  expect(performance.now() - start).toBeLessThan(1500);
  await context.close();
});

test('a person approves: confirmation, command, answer', async () => {
  const { page, context } = await enter();
  await page.goto(`${board.url}/runs/${WAITING}`);
  await page.getByRole('link', { name: 'Approve' }).click();
  await page.getByText('npx pipeline approve').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('done').first().waitFor({ timeout: 30_000 });
  const answer = readFileSync(join(homePaths(made.home).objects, objectKeys.answer(WAITING)), 'utf8');
  expect(JSON.parse(answer)).toMatchObject({ approved: true });
  await context.close();
});
