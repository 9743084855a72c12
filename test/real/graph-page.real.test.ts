/** The page of `pipeline graph` in Chromium: sizes, overlaps, lines, and all that its script does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Graph } from '../../core/graph/graph-model';
import { toPage } from '../../core/graph/page';
import { cloudTunerGraph, largeGraph } from '../support/graph/graphs';

const SCREEN = { width: 1280, height: 800 };

let folder: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graph-page-'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: SCREEN, hasTouch: true });
});

afterEach(() => page.close());

async function open(graph: Graph, hash = ''): Promise<void> {
  const file = join(folder, 'graph.html');
  await writeFile(file, toPage(graph));
  await page.goto(`file://${file}${hash}`);
  await settle();
}

/** Evaluates an expression in the page. It is text, because the types of a browser are not those of this project. */
const inPage = <Value>(expression: string): Promise<Value> => page.evaluate(expression);

/** Waits until a resize has been drawn. */
const settle = () => inPage('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

interface Rect {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns the rectangles of the elements that are shown, relative to the page. */
const rects = (selector: string): Promise<readonly Rect[]> =>
  inPage(`[...document.querySelectorAll(${JSON.stringify(selector)})]
    .filter((each) => each.checkVisibility())
    .map((each) => ({ name: each.textContent, box: each.getBoundingClientRect() }))
    .map(({ name, box }) => ({ name, x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height }))`);

const names = async (selector: string) => (await rects(selector)).map(({ name }) => name);

const widthOfPage = () => inPage<number>('document.documentElement.scrollWidth');
const heightOfPage = () => inPage<number>('document.documentElement.scrollHeight');
const fontSizes = () =>
  inPage<readonly number[]>(
    "[...document.querySelectorAll('body *')].map((each) => Number.parseFloat(getComputedStyle(each).fontSize))",
  );

/** Returns the points of all lines, 8 pixels apart, that are inside a node. */
const crossedNodes = () =>
  inPage<readonly string[]>(`(() => {
    const { left, top } = document.getElementById('map').getBoundingClientRect();
    const boxes = [...document.querySelectorAll('.node')]
      .filter((node) => node.checkVisibility())
      .map((node) => ({ name: node.textContent, box: node.getBoundingClientRect() }));
    return [...document.querySelectorAll('#lines path')].flatMap((path) => {
      const crossed = [];
      for (let at = 0; at < path.getTotalLength(); at += 8) {
        const point = path.getPointAtLength(at);
        const [x, y] = [point.x + left, point.y + top];
        const hit = boxes.find(({ box }) => x > box.left + 1 && x < box.right - 1 && y > box.top + 1 && y < box.bottom - 1);
        if (hit !== undefined) crossed.push(path.dataset.from + ' to ' + path.dataset.to + ' at ' + hit.name);
      }
      return crossed;
    });
  })()`);

/** Returns the heights at which lines end, relative to the page. */
const endsOfLines = () =>
  inPage<readonly number[]>(`[...document.querySelectorAll('#lines path')].map((path) =>
    path.getPointAtLength(path.getTotalLength()).y + document.getElementById('map').getBoundingClientRect().top + scrollY)`);

function overlapping(boxes: readonly Rect[]): readonly string[] {
  return boxes.flatMap((a, at) =>
    boxes
      .slice(at + 1)
      .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
      .map((b) => `${a.name} and ${b.name}`),
  );
}

describe.each([
  ['73 services', cloudTunerGraph()],
  ['300 services', largeGraph(300)],
])('the page of %s', (_, graph) => {
  test('has no text below 11 pixels, no overlap, no empty box, and no wider page than the screen', async () => {
    await open(graph);

    expect(Math.min(...(await fontSizes()))).toBeGreaterThanOrEqual(11);
    expect(overlapping(await rects('.node, .fold, summary'))).toEqual([]);
    expect(overlapping(await rects('details'))).toEqual([]);
    expect(await inPage("[...document.querySelectorAll('details:not(:has(.node))')].length")).toBe(0);
    expect(await rects('.node')).toHaveLength(graph.services.length + graph.modules.length);
    expect(await widthOfPage()).toBe(SCREEN.width);
  });

  test('draws a line for each edge, and none across a node', async () => {
    await open(graph);

    const pairs = new Set(graph.edges.map(({ kind, from, to }) => `${kind === 'image'} ${from} ${to}`));
    expect(await page.locator('#lines path').count()).toBe(pairs.size);
    expect(await crossedNodes()).toEqual([]);
  });

  test('lays out only what changes', async () => {
    await open(graph);
    const before = await heightOfPage();
    const whole = await rects('.stages');
    await page.check('#only');
    await settle();

    const built = graph.services.filter(({ isBuilt }) => isBuilt).map(({ name }) => name);
    expect([...(await names('.service'))].sort()).toEqual([...built].sort());
    expect((await rects('.stages'))[0]?.height).toBeLessThan((whole[0]?.height ?? 0) * 0.8);
    expect(await heightOfPage()).toBeLessThanOrEqual(before);
    expect(await crossedNodes()).toEqual([]);
    expect((await rects('details')).every(({ height }) => height > 40)).toBe(true);
  });
});

describe('the whole of 73 services', () => {
  test('fits on a screen of 1280 by 800', async () => {
    await open(cloudTunerGraph());

    expect(await heightOfPage()).toBeLessThanOrEqual(SCREEN.height);
  });
});

describe('folding', () => {
  test('leads the lines of a folded stage to its title, and of a folded group to its button', async () => {
    await open(cloudTunerGraph());
    await page.click('summary:has-text("Worker Layer")');
    await page.click('.fold:has-text("Workers-F")');
    await settle();

    expect(await names('.node')).not.toContain('diworker');
    expect(await names('.node')).not.toContain('bi_exporter');
    const [title] = (await rects('summary')).filter(({ name }) => name.startsWith('Worker Layer'));
    const middle = (title?.y ?? 0) + (title?.height ?? 0) / 2;
    const onTitle = (await endsOfLines()).filter((y) => Math.abs(y - middle) < 2);
    expect(onTitle.length).toBeGreaterThan(1);
    expect(await crossedNodes()).toEqual([]);
  });

  test('folds and unfolds everything at once', async () => {
    await open(largeGraph(300));
    await page.click('#fold');
    expect(await rects('.node')).toEqual([]);
    await page.click('#unfold');
    expect(await rects('.node')).toHaveLength(320);
  });
});

describe('search', () => {
  test('goes to the first match while the text is typed, and to the next by Enter, folded or not', async () => {
    await open(largeGraph(300));
    await page.click('#fold');
    await page.keyboard.press('/');
    await page.keyboard.type('service-29');

    const [first] = await rects('.node.match');
    expect(first?.name).toBe('service-29');
    const inView = (name: string) =>
      inPage<boolean>(`(({ top, bottom }) => top > 30 && bottom < innerHeight)
        (document.querySelector('[data-node="s:${name}"]').getBoundingClientRect())`);
    expect(await inView('service-29')).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await page.textContent('#found')).toBe('2 of 11');
    expect(await names('.chosen')).toEqual(['service-290']);
    expect(await inView('service-290')).toBe(true);
    await page.keyboard.press('Escape');
    expect(await rects('.match, .chosen')).toEqual([]);
  });
});

describe('a chosen service', () => {
  test('shows its reasons and only the lines to and from it', async () => {
    await open(cloudTunerGraph(), '#s:insider_api');

    expect(await page.textContent('#panel')).toContain('tools/optscale_exceptions/__init__.py: changed');
    const near = await inPage<string[]>(
      "[...document.querySelectorAll('#lines .near')].map(({ dataset }) => dataset.from)",
    );
    expect(near.sort()).toEqual(['m:cloud_adapter', 'm:optscale_exceptions', 'm:optscale_time']);
  });

  test('is shown with its neighbourhood only, on request', async () => {
    await open(cloudTunerGraph(), '#s:mongo');
    await page.click('text=only related');

    expect([...(await names('.node'))].sort()).toEqual(['mcp-mongo', 'mongo']);
    await page.keyboard.press('Escape');
    expect(await rects('.node')).toHaveLength(91);
  });

  test('is chosen by keys alone', async () => {
    await open(cloudTunerGraph());
    await page.focus('[data-node="m:optscale_exceptions"]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');

    expect(await page.textContent('#panel h2')).toBe('optscale_password');
  });
});

describe('touch', () => {
  test('zooms by pinching', async () => {
    await page.close();
    page = await browser.newPage({ viewport: SCREEN, hasTouch: true, isMobile: true });
    await open(cloudTunerGraph());
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', distances: readonly number[]) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: distances.map((x, id) => ({ x: 640 + x, y: 400, id })),
      });
    await touch('touchStart', [-50, 50]);
    for (let distance = 60; distance <= 150; distance += 10) await touch('touchMove', [-distance, distance]);
    await touch('touchEnd', []);

    expect(await inPage('visualViewport.scale')).toBeGreaterThan(1.5);
  });
});

describe('small screens and dark ones', () => {
  test.each([400, 2560])('have nothing that overlaps or sticks out at %d pixels', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(cloudTunerGraph());

    expect(overlapping(await rects('.node, .fold, summary'))).toEqual([]);
    expect(await widthOfPage()).toBe(width);
    expect(await crossedNodes()).toEqual([]);
  });
});
