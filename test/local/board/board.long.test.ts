/** The board's application on a home with records: every page, the guards, and what is missing or damaged. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { objectKeys } from '../../../core/contract/keys';
import { createBoardApp } from '../../../local/board/app';
import { type Board, openBoard } from '../../../local/board/board';
import { openHomeSource } from '../../../local/board/open-home';
import { homePaths } from '../../../local/runtime/home';
import { OWN_PROGRAM } from '../../support/deliveries/served-pipeline';
import { type BoardHome, LAST, makeBoardHome } from '../../support/pipeline/board-home';
import { plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const HOST = { host: '127.0.0.1:8084' };
const EVIL = '<img src=x onerror=alert(1)>';

let made: BoardHome;
let board: Board;
let app: Hono;
const faults: string[] = [];

beforeAll(async () => {
  made = await makeBoardHome({ services: 12, runs: 70 });
  ({ board, app } = await openApp());
});

afterAll(() => made.remove());

async function openApp() {
  const source = await openHomeSource(made.home);
  const opened = openBoard({
    source,
    program: OWN_PROGRAM,
    now: () => LAST + 60_000,
    onFault: (text) => faults.push(text),
  });
  await opened.index.refresh();
  while (opened.index.unread() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return { board: opened, app: createBoardApp(opened) };
}

async function get(path: string, headers: Record<string, string> = {}) {
  const reply = await app.request(path, { headers: { ...HOST, ...headers } });
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
}

function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return app.request(path, { method: 'POST', headers: { ...HOST, ...headers }, body: new URLSearchParams(form) });
}

/** A browser that opened the printed address. */
async function entered() {
  const reply = await app.request(board.key.entryPath, { headers: HOST });
  const cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { cookie, token: board.key.tokenFor(cookie) ?? '' };
}

/** Asks until the background work is in the page. */
async function eventually(path: string, wanted: string): Promise<string> {
  for (let at = 0; at < 150; at += 1) {
    const { text } = await get(path);
    if (text.includes(wanted)) return text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${path} never has ${wanted}`);
}

describe('pages', () => {
  test('environments show versions side by side, differences, and what is not released', async () => {
    const page = await eventually('/', 'The next release builds 12 services');
    expect(page).toContain('production (main)');
    expect(page).toContain('≠ ');
    expect(page).toContain('Promote to production');
    expect(page).toMatch(/service-0: answers faster \(#12\).{0,40}Grace Hopper/s);
  });

  test('differences can be shown alone', async () => {
    const rows = ({ text }: { text: string }) => text.match(/href="\/services\/service-\d+"/g)?.length;
    expect(rows(await get('/'))).toBe(12);
    expect(rows(await get('/?service=service-1'))).toBe(3);
  });

  test('runs are filtered by branch, action, state, service and person, in pages', async () => {
    expect((await get('/runs')).text).toContain('page 1 of 2');
    expect((await get('/runs?branch=main')).text).toContain('7 runs, the newest first');
    expect((await get('/runs?state=failed&action=push')).text).toContain('9 runs, the newest first');
    expect((await get('/runs?person=lovelace')).text).toContain('70 runs, the newest first');
    expect((await get('/runs?person=nobody')).text).toContain('There is no such run');
    expect((await get('/runs?service=service-0&page=999999')).text).toContain('newest first');
  });

  test('a run shows its timeline, its services with versions and reasons, and its failed jobs', async () => {
    const failed = made.runs.findLast((name) => name.startsWith('push-develop-63'));
    const { text } = await get(`/runs/${failed}`);
    expect(text).toContain('exit status 1');
    expect(text).toContain('class="b-working"');
    expect(text).toContain('services/service-3/main.py');
    expect(text).toContain('by Ada Lovelace');
  });

  test('a service shows its versions over time, what it reads, and how often it was built', async () => {
    const page = await eventually('/services/service-4', 'Folder and Dockerfile');
    expect(page).toContain('python:3.12');
    expect(page).toMatch(/v1\.\d+\.0-dev/);
    expect(page).toMatch(/runs changed it, \d+ built it/);
  });

  test('impact has the graph as a page of its own, which may load nothing of the board', async () => {
    await eventually('/impact?ref=main&base=main~1', '<iframe');
    const src = /<iframe src="([^"]+)"/.exec((await get('/impact?ref=main&base=main~1')).text)?.[1] ?? '';
    const graph = await get(src.replaceAll('&amp;', '&'));
    expect(graph.status).toBe(200);
    expect(graph.headers.get('content-security-policy')).toContain('sandbox allow-scripts');
  });

  test('cost has weeks, hubs, and the services that were built most often', async () => {
    const page = await eventually('/cost', 'replayed');
    expect(page).toContain('23 Nov 2026');
    expect(page).toContain('$');
  });

  test.each(['/', '/runs', '/services', '/impact', '/cost', '/start', '/start/release', '/nothing'])(
    '%s is a whole page below 300 KB with a policy',
    async (path) => {
      const { text, headers } = await get(path);
      expect(text).toMatch(/^<!doctype html>.*<\/html>$/s);
      expect(text.length).toBeLessThan(300_000);
      expect(text).not.toMatch(/style="|onclick=/);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    },
  );
});

describe('guards', () => {
  test('a name that resolves to this machine, and a page of another origin, are refused', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(403);
    expect((await get('/', { origin: 'http://evil.example' })).status).toBe(403);
  });

  test.each(['/start/release', '/runs/anything/approve', '/nothing'])(
    '%s takes no form without the key',
    async (path) => {
      const { cookie, token } = await entered();
      const other = await openApp();
      for (const [given, headers] of [
        [{}, {}],
        [{ token }, {}],
        [{}, { cookie }],
        [{ token: 'x' }, { cookie }],
        [
          { token: other.board.key.tokenFor(other.board.key.cookieFor(other.board.key.entryPath.slice(11))) ?? '' },
          { cookie },
        ],
      ] as const) {
        expect((await post(path, given as Record<string, string>, headers)).status).toBe(403);
      }
    },
  );

  test('a form with the key from another origin is refused', async () => {
    const { cookie, token } = await entered();
    expect((await post('/start/release', { token }, { cookie, origin: 'http://127.0.0.1:9999' })).status).toBe(403);
  });

  test('a wrong key is refused, and the cookie is for this host and no script', async () => {
    expect((await get('/enter?key=wrong')).status).toBe(403);
    const reply = await app.request(board.key.entryPath, { headers: HOST });
    expect(reply.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await get('/start/release')).text).toContain('This browser may read, but not act');
  });

  test('a form of the board itself has an origin: no policy makes the browser hide it', async () => {
    const { headers, text } = await get('/start/release');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(text).toContain('<meta name="referrer" content="same-origin"');
  });

  test('a form that is too large is refused before it is read', async () => {
    expect((await post('/start/release', { token: 'x'.repeat(70_000) }, { 'content-length': '70000' })).status).toBe(
      413,
    );
  });
});

describe('missing and damaged records', () => {
  test('a run and a service that do not exist have a page that says so', async () => {
    for (const path of [
      '/runs/nothing',
      '/services/nothing',
      '/commands/nothing',
      '/runs/nothing/approve',
      '/runs/..%2F..',
    ]) {
      const { status, text } = await get(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain('The board has no such page');
    }
  });

  test('damaged records are named, and the list still has the run', async () => {
    made.write(objectKeys.report('damaged-1'), '{"run": ');
    made.write(objectKeys.plan('damaged-1'), '[]');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const again = await openApp();
    const list = await again.app.request('/runs?action=run', { headers: HOST });
    expect(await list.text()).toContain('damaged-1');
    const page = await again.app.request('/runs/damaged-1', { headers: HOST });
    expect(await page.text()).toContain('The record report.json of this run is damaged');
  });

  test('names with HTML are text on every page', async () => {
    const run = 'push-evil-20261129T085959000';
    const plan = planOf([plannedService(EVIL, 'build', { reasons: [{ kind: 'asked', path: EVIL, text: EVIL }] })]);
    const services = [{ name: EVIL, stage: EVIL, action: 'build' as const, end: 'built' as const }];
    made.write(objectKeys.plan(run), { ...plan, run });
    made.write(
      objectKeys.report(run),
      reportOf({ run, ref: EVIL, result: EVIL, services, version: EVIL, startedBy: EVIL }),
    );
    const again = await openApp();
    for (const path of [
      '/runs',
      `/runs/${run}`,
      '/services',
      `/services/${encodeURIComponent(EVIL)}`,
      '/cost',
      `/runs?branch=${encodeURIComponent(EVIL)}`,
    ]) {
      const text = await (await again.app.request(path, { headers: HOST })).text();
      expect([path, text.includes('<img')]).toEqual([path, false]);
      expect(text).toContain('&lt;img');
    }
    rmSync(join(homePaths(made.home).objects, 'runs', run), { recursive: true });
  });

  test('an error gives a page without its text, and is told on the terminal', async () => {
    const broken = { ...board, git: { look: () => Promise.reject(new Error('secret path /root')), version: () => 0 } };
    const reply = await createBoardApp(broken as Board).request('/', { headers: HOST });
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toMatch(/secret path|at .*\.ts/);
    expect(faults).toContain('secret path /root');
  });

  test('a home without runs, repository and readable settings has pages that say what is missing', async () => {
    const empty = await makeBoardHome({ services: 1, runs: 0 });
    rmSync(homePaths(empty.home).repository, { recursive: true });
    const source = await openHomeSource(empty.home);
    const bare = openBoard({
      source: { ...source, settings: undefined },
      program: OWN_PROGRAM,
      now: Date.now,
      onFault: () => undefined,
    });
    for (const path of ['/', '/runs', '/services', '/cost', '/impact']) {
      const reply = await createBoardApp(bare).request(path, { headers: HOST });
      expect([path, reply.status]).toEqual([path, 200]);
      expect(await reply.text()).toContain('cannot be read');
    }
    empty.remove();
  });
});

test('a change is told to open pages within a second', async () => {
  const reply = await app.request('/live', { headers: HOST });
  const reader = reply.body?.getReader();
  const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString('utf8');
  expect(await read()).toContain('event: ready');
  made.write(objectKeys.report('push-new-20261129T090100000'), reportOf({ run: 'push-new-20261129T090100000' }));
  const changed = performance.now();
  expect(await read()).toContain('event: change');
  expect(performance.now() - changed).toBeLessThan(1000);
  await reader?.cancel();
});

test('10,000 services make pages that a browser can show', async () => {
  const many = await makeBoardHome({ services: 10_000, runs: 4, commits: 2 });
  try {
    const opened = openBoard({
      source: await openHomeSource(many.home),
      program: ['true'], // What the planner's commands say is no matter here, and they take long.
      now: () => LAST + 60_000,
      onFault: (text) => faults.push(text),
    });
    await opened.index.refresh();
    const pages = createBoardApp(opened);
    const run = many.runs.findLast((name) => name.startsWith('release')) ?? '';
    for (const path of ['/', '/runs', `/runs/${run}`, '/services', '/services/service-9999', '/cost', '/impact']) {
      const page = await pages.request(path, { headers: HOST });
      expect([path, page.status]).toEqual([path, 200]);
      expect((await page.text()).length).toBeLessThan(300 * 1024);
    }
  } finally {
    many.remove();
  }
}, 60_000);
