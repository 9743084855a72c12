import type { RunHeader } from '../../../core/board/run-header';
import { filterQuery, mostBuilt, readFilter, runPage, weeklyCosts } from '../../../core/board/run-list';
import { buildHabit, serviceShape } from '../../../core/board/service-view';

const MONDAY = Date.parse('2026-11-23T00:00:00Z');

function header(run: string, parts: Partial<RunHeader> = {}): RunHeader {
  return {
    run,
    state: 'succeeded',
    end: 'succeeded',
    title: run,
    action: 'push',
    result: '',
    minutes: 10,
    cost: 0.1,
    services: [],
    builds: [],
    ...parts,
  };
}

const all = { branch: '', action: '', state: '', service: '', person: '', page: 1 };
const nobody = () => undefined;

describe('the list of runs', () => {
  const runs = Array.from({ length: 120 }, (_, index) => header(`run-${index}`));

  test('has 50 a page, and a page that does not exist is the last one', () => {
    expect(runPage(runs, all, nobody)).toMatchObject({ page: 1, pages: 3, total: 120 });
    expect(runPage(runs, { ...all, page: 99 }, nobody).runs).toHaveLength(20);
    expect(runPage([], all, nobody)).toMatchObject({ page: 1, pages: 1, runs: [] });
  });

  test('finds a person as who started the run or made its commit, in any case', () => {
    const some = [header('a', { person: 'Ada' }), header('b', { source: 'c0ffee' }), header('c')];
    const found = runPage(some, { ...all, person: 'ADA' }, (commit) =>
      commit === 'c0ffee' ? 'Ada Lovelace' : undefined,
    );
    expect(found.runs.map(({ run }) => run)).toEqual(['a', 'b']);
  });

  test.each(['-1', '0', '1.5', 'x', '1e400', ''])('the page %j is the first', (page) => {
    expect(readFilter((name) => (name === 'page' ? page : undefined)).page).toBe(1);
  });

  test('a filter becomes the same filter again', () => {
    const filter = { ...all, branch: 'a&b=c', state: 'failed', page: 3 };
    const query = new URLSearchParams(filterQuery(filter, 3));
    expect(readFilter((name) => query.get(name) ?? undefined)).toEqual(filter);
  });
});

describe('what runs cost', () => {
  test('weeks begin on Monday; dry runs cost nothing; an unknown price is no zero', () => {
    const runs = [
      header('a', { startedAt: MONDAY }),
      header('b', { startedAt: MONDAY - 1, state: 'failed', cost: null }),
      header('c', { startedAt: MONDAY, state: 'planned' }),
      header('d'),
    ];
    expect(weeklyCosts(runs, 10)).toMatchObject([
      { week: MONDAY, runs: 1, dollars: 0.1, unpriced: 0 },
      { week: MONDAY - 7 * 86_400_000, runs: 1, failed: 1, dollars: 0, unpriced: 1 },
    ]);
  });

  test('services are ordered by their builds', () => {
    const runs = [header('a', { builds: ['x', 'y'] }), header('b', { builds: ['y'] })];
    expect(mostBuilt(runs, 1)).toEqual([['y', 2]]);
  });
});

test('a service was built less often than it got a version', () => {
  const runs = [header('a', { services: ['x'], builds: ['x'], state: 'failed' }), header('b', { services: ['x'] })];
  expect(buildHabit(runs, 'x')).toMatchObject({ runs: 2, built: 1, failed: 1, last: [{ run: 'a' }] });
});

test('the shape of a service has what it reads, and what is built from it', () => {
  const facts = { stage: 's', path: 'x', dockerfile: 'x/Dockerfile', minutes: 1, isBuilt: false, reasons: [] };
  const edge = (kind: 'read' | 'declared' | 'image', from: string, to: string) => ({ kind, from, to, isHit: false });
  const graph = {
    services: [{ name: 'x', ...facts }],
    edges: [
      edge('read', 'lib', 'x'),
      edge('declared', 'doc', 'x'),
      edge('image', 'base', 'x'),
      edge('image', 'x', 'y'),
    ],
  };
  expect(serviceShape(graph, 'x')).toMatchObject({
    reads: ['lib'],
    declares: ['doc'],
    startsFrom: ['base'],
    dependants: ['y'],
  });
  expect(serviceShape(graph, 'y')).toBeUndefined();
});
