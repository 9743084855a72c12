/** The commit by pull request: opened once, merged by the host or by a person, and looked at until then. */
import { readTrailers, runOf } from '../../../../core/version/commit-message';
import { LOCK, makeProposeWorld, type ProposeWorld, VALUES } from './propose-world';

let world: ProposeWorld;
afterEach(() => world.stop());

const auth = (version = 'v1.4.0-dev') => [world.released('auth', version)];

describe('a run on a branch whose commits go by pull request', () => {
  test('makes one commit on a branch of its own, opens its pull request, and leaves the base as it is', async () => {
    world = await makeProposeWorld();
    const step = await world.release({ run: 'run-1', services: auth(), approval: { by: 'bob', comment: 'tested' } });

    const [pull] = world.pulls.all;
    expect(step).toMatchObject({ next: 'wait', seconds: 15, commit: null, pull: { number: 1 } });
    expect(world.repository.git('rev-parse', 'main')).toBe(world.base);
    expect(pull).toMatchObject({ base: 'main', branch: `image-pipeline/run-1-${world.base.slice(0, 8)}` });
    expect(world.repository.git('rev-list', '--count', `main..${pull?.branch}`)).toBe('1');
    expect(world.repository.git('show', `${pull?.branch}:${VALUES}`)).toContain('tag: v1.4.0-dev # follows');
    expect(await world.stored('run-1')).toBeNull();
    const { title = '', body = '' } = pull ?? {};
    expect(title).toBe('dev: auth v1.4.0-dev [run run-1]');
    expect(body).toMatch(/^<!-- image-pipeline: run run-1 -->\n/);
    expect(body).toContain('- approval: approved by bob: tested');
    expect(body).toContain('| auth |  | v1.4.0-dev | sha256:');
    expect(readTrailers(body)).toMatchObject({ run: 'run-1', source: world.base, approvedBy: 'bob' });
  });

  test('is committed once the host has merged it, with the message of the run', async () => {
    world = await makeProposeWorld();
    world.pulls.rules.needsReview = true;
    await world.release({ run: 'run-1', services: auth() });
    expect(await world.look('run-1')).toMatchObject({ next: 'wait' });
    world.pulls.approve(1);

    const step = await world.look('run-1');

    const commit = world.repository.git('rev-parse', 'main');
    expect(step).toMatchObject({ next: 'done', commit, changes: 1, superseded: [], supersededBy: null });
    expect(await world.stored('run-1')).toMatchObject({ commit, pull: { number: 1 } });
    expect(readTrailers(world.message())).toMatchObject({ run: 'run-1' });
    expect(world.read(LOCK)).toContain('v1.4.0-dev');
  });

  test('leaves the merge to a person if the settings say so', async () => {
    world = await makeProposeWorld({ autoMerge: false });
    await world.release({ run: 'run-1', services: auth() });

    expect(await world.look('run-1')).toMatchObject({ next: 'wait' });
    expect(world.pulls.find(1)?.state).toBe('open');
    expect(world.pulls.find(1)?.scheduled).toBeUndefined();
    expect(world.pulls.find(1)?.body).toContain('A person merges it.');
  });

  test.each([
    ['squash', (title: string) => title],
    ['squash', (title: string) => `${title} (#1)\n\nCo-authored-by: Ada <ada@example.com>`],
    ['merge', (title: string) => `Merge pull request #1 from team/x\n\n${title}`],
    ['rebase', () => ''],
  ] as const)(
    'knows its commit after a person has merged it by %s, whatever is left of its message',
    async (method, message) => {
      world = await makeProposeWorld({ autoMerge: false });
      await world.release({ run: 'run-1', services: auth() });
      const commit = world.pulls.mergeByHand(1, method, message(world.pulls.find(1)?.title ?? ''));

      expect(await world.look('run-1')).toMatchObject({ next: 'done', commit });
      expect(runOf(world.message())).toBe('run-1');
      expect(await world.redrive('run-1')).toMatchObject({ next: 'done', commit });
      expect(world.pulls.all).toHaveLength(1);
    },
  );

  test('asks for the merge once, so that a person who takes it back is heard', async () => {
    world = await makeProposeWorld();
    world.pulls.rules.needsReview = true;
    await world.release({ run: 'run-1', services: auth() });
    await world.look('run-1');
    Object.assign(world.pulls.find(1) ?? {}, { scheduled: undefined });
    await world.look('run-1');
    world.pulls.approve(1);

    expect(world.pulls.find(1)?.state).toBe('open');
  });

  test('looks every 15 seconds at first, and every ten minutes later', async () => {
    world = await makeProposeWorld({ autoMerge: false });
    const waits = [(await world.release({ run: 'run-1', services: auth() })).seconds];
    for (const hours of [0.1, 0.5, 20]) waits.push((await world.look('run-1', hours)).seconds);

    expect(waits).toEqual([15, 36, 216, 600]);
  });
});

describe('a pull request that is not merged', () => {
  test('in time fails the run, with the words of the host, and stays open for a redrive', async () => {
    world = await makeProposeWorld({ hours: 2 });
    Object.assign(world.pulls.rules, { needsReview: true, allowsAutoMerge: false });
    await world.release({ run: 'run-1', services: auth() });
    await world.look('run-1', 1);

    await expect(world.look('run-1', 1)).rejects.toMatchObject({
      name: 'NotMerged',
      message: expect.stringMatching(
        /not merged within 2 hours.*calls it blocked: .*Auto merge is not allowed.*stays open/,
      ),
    });
    world.pulls.approve(1);
    expect(await world.redrive('run-1')).toMatchObject({ next: 'done', pull: { number: 1 } });
  });

  test.each<[string, Partial<ProposeWorld['pulls']['rules']>, RegExp]>([
    [
      'an approval is missing',
      { needsReview: true },
      /calls it blocked: an approval or a required check is missing; its page/,
    ],
    [
      'a required check fails',
      { needsCheck: true },
      /calls it blocked: an approval or a required check is missing; its page/,
    ],
    [
      'no person merges it',
      {},
      /2 hours \(the git host calls it clean: it can be merged\); it stays open: merge it, then redrive the run/,
    ],
  ])('because %s says so, with what to do', async (_, rules, expected) => {
    world = await makeProposeWorld({ hours: 2, autoMerge: false });
    Object.assign(world.pulls.rules, rules);
    await world.release({ run: 'run-1', services: auth() });

    await expect(world.look('run-1', 2)).rejects.toMatchObject({ message: expect.stringMatching(expected) });
  });

  test('because somebody has pushed a conflict to its branch says so, and a redrive after it was closed opens another one', async () => {
    world = await makeProposeWorld({ hours: 2 });
    await world.release({ run: 'run-1', services: auth() });
    world.repository.commit(world.pulls.find(1)?.branch ?? '', { [VALUES]: 'tag: v8\n' }, 'of somebody else');
    world.repository.commit('main', { [VALUES]: `${world.read(VALUES)}\nreplicas: 3\n` });

    await expect(world.look('run-1', 2)).rejects.toMatchObject({
      message: expect.stringMatching(/calls it dirty: in conflict with its base.*then close it.*somebody else/),
    });
    world.pulls.close(1);
    expect(await world.redrive('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
  });

  test('because a person closed it fails the run, and a redrive opens another one', async () => {
    world = await makeProposeWorld();
    await world.release({ run: 'run-1', services: auth() });
    world.pulls.close(1);

    await expect(world.look('run-1')).rejects.toMatchObject({
      name: 'NotMerged',
      message: expect.stringMatching(/closed without a merge/),
    });
    expect(await world.redrive('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
  });

  test('into its branch any more fails the run', async () => {
    world = await makeProposeWorld();
    await world.release({ run: 'run-1', services: auth() });
    Object.assign(world.pulls.find(1) ?? {}, { base: 'other' });

    await expect(world.look('run-1')).rejects.toMatchObject({
      name: 'NotMerged',
      message: expect.stringMatching(/goes into other now/),
    });
  });

  test('as it was fails the run, and a redrive proposes the rest', async () => {
    world = await makeProposeWorld({ autoMerge: false });
    await world.release({ run: 'run-1', services: auth() });
    const { branch = '' } = world.pulls.find(1) ?? {};
    world.repository.commit(branch, { [VALUES]: world.read(VALUES) }, 'not this version');
    world.pulls.mergeByHand(1, 'squash', 'merged by hand');

    await expect(world.look('run-1')).rejects.toMatchObject({
      name: 'NotMerged',
      message: expect.stringMatching(/values.yaml differ/),
    });
    expect(await world.redrive('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
    world.pulls.mergeByHand(2, 'squash', 'again');
    expect(await world.look('run-1')).toMatchObject({ next: 'done' });
    expect(world.read(VALUES)).toContain('tag: v1.4.0-dev # follows');
  });
});
