/** Heads whose runs are older than the last thousand runs, or expired. A handled head is not started again. */
import { objectKeys } from '../../../core/contract/keys';
import type { BranchHead } from '../../../core/ports/git';
import { runPrefix } from '../../../core/webhook/decide';
import { reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { settings } from '../webhook/deliveries';
import { type FakeExecutions, fakeExecutions } from '../webhook/fake-executions';

const NOW = 1_760_000_000_000;
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const DEVELOP = 'refs/heads/develop';

let executions: FakeExecutions;
let reports: Map<string, Buffer>;
/** Commits whose inputs are all in the version lock. */
let recorded: Set<string>;
/** Commits that were checked with `needsRun`. */
let checked: string[];

beforeEach(() => {
  executions = fakeExecutions();
  reports = new Map();
  recorded = new Set();
  checked = [];
});

function head(name: string, commit: string): BranchHead {
  return { name, commit, message: 'a change', committedAt: NOW };
}

function reconcile(...branches: BranchHead[]) {
  return reconcileStep({
    settings,
    git: { branches: async () => branches },
    needsRun: async ({ commit }) => {
      checked.push(commit);
      return !recorded.has(commit);
    },
    hidesPush: async () => false,
    executions,
    store: { get: async (key) => reports.get(key) },
    clock: { now: () => NOW },
  });
}

/** Starts the run of a push to develop, as its webhook does. Returns the name. */
async function startPushRun(commit: string, number: number): Promise<string> {
  const name = `${runPrefix(DEVELOP, commit)}${String(number).padStart(12, '0')}`;
  await executions.start({ name, input: { action: 'push', ref: DEVELOP, commit } });
  return name;
}

function succeed(name: string | undefined, commit: string): void {
  if (name === undefined) throw new Error('no run was started');
  executions.end(name, 'SUCCEEDED');
  reports.set(objectKeys.report(name), Buffer.from(JSON.stringify({ commit })));
}

/** Starts and ends unrelated runs. */
async function startOtherRuns(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const name = `other-${executions.started.length}`;
    await executions.start({ name, input: { action: 'rollback', version: 'v1.0.0' } });
    executions.end(name, 'SUCCEEDED');
  }
}

describe('with more runs than one page lists', () => {
  test.each(['RUNNING', 'SUCCEEDED', 'FAILED'] as const)(
    'the %s run of a quiet branch is found, and nothing is started',
    async (status) => {
      executions.end(await startPushRun(B, 1), status);
      await startOtherRuns(2001);

      expect(await reconcile(head('develop', B))).toMatchObject({ started: [], waiting: 0 });
      expect(executions.pagesRead()).toBe(3);
      expect(checked).toEqual([]);
    },
  );

  test('no page is read after the run is found', async () => {
    await startOtherRuns(1500);
    await startPushRun(B, 1);

    await reconcile(head('develop', B));

    expect(executions.pagesRead()).toBe(1);
  });

  test('a head without a run is started if the version lock does not cover its inputs', async () => {
    await startOtherRuns(1001);
    recorded.add(A);

    const { started, waiting } = await reconcile(head('develop', A), head('feature/new', B));

    expect(started).toEqual([expect.stringMatching(/^push-feature-new-b{12}-/)]);
    expect(waiting).toBe(0);
    expect((await reconcile(head('develop', A), head('feature/new', B))).started).toEqual([]);
  });

  test('a head gets a second catch-up run if it was pushed away and back after the first', async () => {
    const first = await reconcile(head('develop', B));
    succeed(first.started[0], 'c'.repeat(40));
    await startOtherRuns(1200);
    succeed(await startPushRun(B, 1), 'd'.repeat(40));

    const again = await reconcile(head('develop', B));

    expect(again.started).toHaveLength(1);
    expect((await reconcile(head('develop', B))).started).toEqual([]);
  });
});

test('a round skips heads that the version lock covers and starts a few of the others', async () => {
  const heads = Array.from({ length: 20 }, (_, index) => head(`feature/${index}`, String(index).padStart(40, '0')));
  for (const { commit } of heads.slice(0, 12)) recorded.add(commit);

  const first = await reconcile(...heads);
  const second = await reconcile(...heads);

  expect([first, second].map(({ started, waiting }) => [started.length, waiting])).toEqual([
    [5, 3],
    [3, 0],
  ]);
});
