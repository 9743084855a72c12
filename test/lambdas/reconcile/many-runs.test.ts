/** Heads whose runs are not among the last thousand, or are forgotten: what was handled once is not started again. */
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
/** Commits at which the version lock knows all that there is. */
let recorded: Set<string>;
/** Commits that were read themselves. */
let lookedAt: string[];

beforeEach(() => {
  executions = fakeExecutions();
  reports = new Map();
  recorded = new Set();
  lookedAt = [];
});

function head(name: string, commit: string): BranchHead {
  return { name, commit, message: 'a change', committedAt: NOW };
}

function reconcile(...branches: BranchHead[]) {
  return reconcileStep({
    settings,
    git: { branches: async () => branches },
    needsRun: async ({ commit }) => {
      lookedAt.push(commit);
      return !recorded.has(commit);
    },
    hidesPush: async () => false,
    executions,
    store: { get: async (key) => reports.get(key) },
    clock: { now: () => NOW },
  });
}

/** The run of a push to develop, by its webhook. */
async function pushRun(commit: string, number: number): Promise<string> {
  const name = `${runPrefix(DEVELOP, commit)}${String(number).padStart(12, '0')}`;
  await executions.start({ name, input: { action: 'push', ref: DEVELOP, commit } });
  return name;
}

function succeed(name: string | undefined, commit: string): void {
  if (name === undefined) throw new Error('no run was started');
  executions.end(name, 'SUCCEEDED');
  reports.set(objectKeys.report(name), Buffer.from(JSON.stringify({ commit })));
}

/** So many runs of something else. */
async function others(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const name = `other-${executions.started.length}`;
    await executions.start({ name, input: { action: 'rollback', version: 'v1.0.0' } });
    executions.end(name, 'SUCCEEDED');
  }
}

describe('after more runs than are listed at a time', () => {
  test.each(['RUNNING', 'SUCCEEDED', 'FAILED'] as const)(
    'the run of a quiet branch is found, which is %s: nothing is started, no push was lost',
    async (status) => {
      executions.end(await pushRun(B, 1), status);
      await others(2001);

      expect(await reconcile(head('develop', B))).toMatchObject({ started: [], waiting: 0 });
      expect(executions.pagesRead()).toBe(3);
      expect(lookedAt).toEqual([]);
    },
  );

  test('no more of them is read than is needed', async () => {
    await others(1500);
    await pushRun(B, 1);

    await reconcile(head('develop', B));

    expect(executions.pagesRead()).toBe(1);
  });

  test('a head that nothing is known of is started if it has something that the version lock does not know', async () => {
    await others(1001);
    recorded.add(A);

    const { started, waiting } = await reconcile(head('develop', A), head('feature/new', B));

    expect(started).toEqual([expect.stringMatching(/^push-feature-new-b{12}-/)]);
    expect(waiting).toBe(0);
    expect((await reconcile(head('develop', A), head('feature/new', B))).started).toEqual([]);
  });

  test('a head that was caught up with long ago, and pushed away and back since, is caught up with again', async () => {
    const first = await reconcile(head('develop', B));
    succeed(first.started[0], 'c'.repeat(40));
    await others(1200);
    succeed(await pushRun(B, 1), 'd'.repeat(40));

    const again = await reconcile(head('develop', B));

    expect(again.started).toHaveLength(1);
    expect((await reconcile(head('develop', B))).started).toEqual([]);
  });
});

test('a round of many heads that the version lock knows starts the others, a few at a time', async () => {
  const heads = Array.from({ length: 20 }, (_, index) => head(`feature/${index}`, String(index).padStart(40, '0')));
  for (const { commit } of heads.slice(0, 12)) recorded.add(commit);

  const first = await reconcile(...heads);
  const second = await reconcile(...heads);

  expect([first, second].map(({ started, waiting }) => [started.length, waiting])).toEqual([
    [5, 3],
    [3, 0],
  ]);
});
