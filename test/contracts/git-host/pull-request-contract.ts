/** The contract of pull requests and push rules on every git host, over real HTTP and a real repository. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitHost } from '../../../core/ports/git';
import type { PullRequest, PullRequestHost, PushRules } from '../../../core/ports/pull-request';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import type { FakePulls } from '../../support/git-hosts/pulls/fake-pulls';

export interface PullsUnderTest {
  readonly host: PullRequestHost;
  readonly git: GitHost;
  /** Undefined if the host does not tell beforehand what it would refuse. */
  readonly rules?: PushRules;
  /** What the host has. Tests act on it as people do. */
  readonly pulls: FakePulls;
  /** False if the host does not say that a branch must be updated before its merge. */
  readonly tellsOutdated: boolean;
  /** False if the host promises no merge, so that it has to be asked for again. */
  readonly promisesMerges: boolean;
  /** Loses the reply to the next new pull request. */
  loseReply(): void;
  stop(): Promise<void>;
}

const BRANCH = 'image-pipeline/run-1-0a1b2c3d';
const MESSAGE = 'release v2: 1 service\n\n- auth v2\n\nRun-Id: run-1\n';

/** Defines the suite. */
export function describePullRequests(
  name: string,
  start: (repository: TestRepository) => Promise<PullsUnderTest>,
): void {
  describe(`pull requests on ${name}`, () => {
    let repository: TestRepository;
    let tested: PullsUnderTest;
    let base: string;

    beforeEach(async () => {
      repository = createRepository();
      base = repository.commit('main', { values: 'tag: v1\n', code: '1' }, 'first');
      tested = await start(repository);
    });
    afterEach(async () => {
      await tested.stop();
      repository.remove();
    });

    /** Makes the branch with one commit, and opens its pull request. */
    async function propose(branch = BRANCH): Promise<PullRequest> {
      const { host, git } = tested;
      await host.createBranch(branch, base);
      const files = [{ path: 'values', content: 'tag: v2\n' }];
      await git.commit({ branch, parent: base, files, message: MESSAGE });
      return host.propose({ base: 'main', branch, title: 'release v2', body: 'the plan' });
    }

    const merge = ({ number, head }: PullRequest, method: 'squash' | 'merge' = 'squash') =>
      tested.host.merge({ number, head, method, message: MESSAGE });
    const messageAt = (commit: string) => repository.git('log', '-1', '--format=%B', commit).trim();

    test('a branch is made at the commit, and one that exists is never moved', async () => {
      expect(await tested.host.createBranch(BRANCH, base)).toBe(base);
      const other = repository.commit(BRANCH, { values: 'tag: v9\n' });

      expect(await tested.host.createBranch(BRANCH, base)).toBe(other);
      expect(repository.git('rev-parse', BRANCH)).toBe(other);
    });

    test('one is opened, listed and read in one shape for all hosts', async () => {
      const opened = await propose();

      const head = repository.git('rev-parse', BRANCH);
      expect(opened).toMatchObject({
        base: 'main',
        branch: BRANCH,
        head,
        body: 'the plan',
        state: 'open',
        isOutdated: false,
      });
      expect(opened.url).toMatch(/^https?:\/\/.*\/1$/);
      expect(await tested.host.read(opened.number)).toMatchObject({ head, state: 'open' });
      expect((await tested.host.open('main')).map(({ number }) => number)).toEqual([opened.number]);
      expect(tested.pulls.all).toMatchObject([{ title: 'release v2', body: 'the plan' }]);
    });

    test('one is not opened twice for a branch, not even if the reply was lost', async () => {
      tested.loseReply();
      const first = await propose();

      expect((await propose()).number).toBe(first.number);
      expect(tested.pulls.all).toHaveLength(1);
    });

    test('those of forks and of other bases are not listed, on several pages too', async () => {
      const head = repository.commit('other', { values: 'x' });
      mkdirSync(join(repository.path, 'refs/heads/many'));
      // 104 of them are of the base, so that a host with 100 on a page has a second one.
      for (let index = 0; index < 130; index += 1) {
        writeFileSync(join(repository.path, 'refs/heads/many', `${index}`), `${head}\n`);
        const isFork = index % 2 === 1;
        tested.pulls.add({
          base: index % 5 === 0 ? 'other' : 'main',
          branch: `many/${index}`,
          title: '',
          body: '',
          isFork,
        });
      }
      const expected = tested.pulls.all.filter(({ isFork, base: into }) => !isFork && into === 'main');

      const listed = await tested.host.open('main');

      expect(listed.map(({ branch }) => branch)).toEqual(expected.map(({ branch }) => branch));
      expect(listed).toHaveLength(52);
    });

    test.each(['squash', 'merge'] as const)(
      'one that no rule holds up is merged at once, by %s with the message',
      async (method) => {
        const opened = await propose();

        expect(await merge(opened, method)).toBeUndefined();

        const head = repository.git('rev-parse', 'main');
        expect(await tested.host.read(opened.number)).toMatchObject({ state: 'merged', mergeCommit: head });
        expect(messageAt(head)).toBe(MESSAGE.trim());
        expect(repository.git('show', 'main:values')).toBe('tag: v2');
        expect(repository.git('rev-list', '--count', `${base}..main`)).toBe(method === 'merge' ? '2' : '1');
      },
    );

    test('one that waits for a review is merged once it has it, by the host alone if it promises that', async () => {
      const refusal = tested.promisesMerges ? undefined : expect.stringMatching(/approv|check/);
      tested.pulls.rules.needsReview = true;
      const opened = await propose();

      expect(await merge(opened)).toEqual(refusal);
      expect(await merge(opened)).toEqual(refusal);
      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'open' });
      tested.pulls.approve(opened.number);
      if (!tested.promisesMerges) expect(await merge(opened)).toBeUndefined();

      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'merged' });
      expect(messageAt('main')).toBe(MESSAGE.trim());
    });

    test('a host that does not merge by itself gives its reason, and no rule is bypassed', async () => {
      Object.assign(tested.pulls.rules, { needsCheck: true, allowsAutoMerge: false });
      const opened = await propose();

      expect(await merge(opened)).toMatch(/\w+/);
      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'open' });
      expect(repository.git('rev-parse', 'main')).toBe(base);
    });

    test('one with another head than expected is not merged', async () => {
      const opened = await propose();
      repository.commit(BRANCH, { code: 'of somebody else' });

      expect(await merge(opened)).toMatch(/head/i);
      expect(repository.git('rev-parse', 'main')).toBe(base);
    });

    test('one in conflict with its base is not merged', async () => {
      const opened = await propose();
      const moved = repository.commit('main', { values: 'tag: v3\n' });

      await merge(opened);

      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'open' });
      expect(repository.git('rev-parse', 'main')).toBe(moved);
    });

    test('one that must contain the head of its base first is outdated, if the host says so', async () => {
      tested.pulls.rules.needsUpdate = true;
      const opened = await propose();
      repository.commit('main', { code: '2' });

      expect((await tested.host.read(opened.number)).isOutdated).toBe(tested.tellsOutdated);
    });

    test('one is closed with the reason as its only comment, and keeps its branch', async () => {
      const opened = await propose();

      await tested.host.close(opened.number, 'replaced by #2');
      await tested.host.close(opened.number, 'replaced by #2');

      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'closed' });
      expect(tested.pulls.find(opened.number)?.comments).toEqual(['replaced by #2']);
      expect(repository.git('rev-parse', BRANCH)).toBe(opened.head);
      expect(await tested.host.open('main')).toEqual([]);
    });

    test('a merged one is not closed', async () => {
      const opened = await propose();
      await merge(opened);

      await tested.host.close(opened.number, 'too late');

      expect(await tested.host.read(opened.number)).toMatchObject({ state: 'merged' });
      expect(tested.pulls.find(opened.number)?.comments).toEqual([]);
    });

    test('a push is refused by a protected branch, and by no other, if the host tells that', async () => {
      const { rules } = tested;
      expect((await rules?.refusals('main')) ?? []).toEqual([]);
      tested.pulls.rules.isProtected = true;

      const refusals = await rules?.refusals('main');
      expect(refusals).toEqual(rules && [expect.stringMatching(/push/)]);
    });
  });
}
