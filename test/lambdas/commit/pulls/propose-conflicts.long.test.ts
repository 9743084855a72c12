/** Pull requests of runs when the base moves, when newer releases come, when calls break off, and when other people take part. */
import type { GitHost } from '../../../../core/ports/git';
import type { PullRequestHost } from '../../../../core/ports/pull-request';
import { proposalMarker } from '../../../../core/report/proposal/identity';
import { parseVersionLock, printVersionLock, updateLock } from '../../../../core/version/version-lock';
import { eachTest } from '../../../support/each-test';
import { LOCK, makeProposeWorld, VALUES } from './propose-world';

const world = eachTest(
  () => makeProposeWorld({ autoMerge: false }),
  (world) => world.stop(),
);

const push = (run: string, names: readonly string[], version: string, source = world.base) =>
  world.release({ run, commit: source, services: names.map((name) => world.released(name, version, source)) });
const states = () => world.pulls.all.map(({ state }) => state);
const numberOf = async (run: string) => (await world.proposal(run)).pull?.number;

describe('when the base moves', () => {
  test('elsewhere, the pull request stays', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    world.repository.commit('main', { 'auth/a.py': 'two' });

    expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 1 } });
    expect(states()).toEqual(['open']);
  });

  test('in the files of the pipeline, another one on top of it replaces it, and every byte of both stays', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    world.repository.commit('main', { [VALUES]: `${world.read(VALUES)}\nreplicas: 3\n` });

    expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
    expect(states()).toEqual(['closed', 'open']);
    expect(world.pulls.find(1)?.comments).toEqual([expect.stringMatching(/Replaced by .*\/2/)]);
    world.pulls.mergeByHand(2, 'squash', 'merged');
    expect(await world.look('run-1')).toMatchObject({ next: 'done' });
    expect(world.read(VALUES)).toMatch(/tag: v1.4.0-dev # follows[\s\S]*replicas: 3/);
  });

  test('and the host wants it to be contained, another one on top of it replaces it', async () => {
    world.pulls.rules.needsUpdate = true;
    await push('run-1', ['auth'], 'v1.4.0-dev');
    world.repository.commit('main', { 'auth/a.py': 'two' });

    expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
  });

  describe('just before the merge, the host can miss what a look would see,', () => {
    beforeEach(async () => {
      const names = ['auth', 'etcd', 'ngui'];
      const services = names.map((name) => ({ ...world.released(name, 'v1.4.0'), followsPlatform: true }));
      await world.release({ run: 'run-1', action: 'release', platformVersion: 'v1.4.0', services });
      world.repository.commit('main', {
        [VALUES]: `${world.read(VALUES).replace('{ tag: *tag }', '{ tag: v1.2.0 }')}\n`,
      });
      world.pulls.mergeByHand(1, 'squash', 'with the old tag of etcd');
    });

    test('and the rest is proposed again', async () => {
      expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
      world.pulls.mergeByHand(2, 'squash', 'the rest');
      expect(await world.look('run-1')).toMatchObject({ next: 'done', pull: { number: 2 } });
      expect(world.read(VALUES)).not.toContain('v1.2.0');
    });

    test('and the rest has the time that was left', async () => {
      await world.look('run-1', 10);
      expect((await world.look('run-1', 13)).next).toBe('wait');
      await expect(world.look('run-1', 1)).rejects.toMatchObject({
        message: expect.stringMatching(/\/2\) was not merged within 24 hours/),
      });
    });

    test('and if its time is over, the run fails, and a redrive proposes the rest', async () => {
      await expect(world.look('run-1', 24)).rejects.toMatchObject({
        name: 'NotMerged',
        message: expect.stringMatching(
          /values\.yaml.* from what the run released; redrive the run to propose the rest$/,
        ),
      });
      expect(await world.redrive('run-1')).toMatchObject({ next: 'wait', pull: { number: 2 } });
    });
  });

  test('does not give the run more time', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    for (const hours of [10, 10]) {
      world.repository.commit('main', { [VALUES]: `${world.read(VALUES)}\n# ${hours}\n` });
      await world.look('run-1', hours);
    }
    await expect(world.look('run-1', 5)).rejects.toMatchObject({ name: 'NotMerged' });
  });

  test.each([
    ['a newer release is on it', 'release', () => newerOnBase()],
    [
      'it was rewound',
      'rewind',
      () => world.repository.reset('main', world.repository.commit('other', { a: '1', [VALUES]: 'x: 1\n' })),
    ],
  ] as const)('and %s, the pull request is closed and the run superseded', async (_, supersededBy, move) => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    move();

    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit: null, superseded: ['auth'], supersededBy });
    expect(states()).toEqual(['closed']);
    expect(world.pulls.find(1)?.comments).toEqual(['Closed, because main has all of it by now, or something newer.']);
  });

  test('away for good, the run fails', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    world.repository.git('update-ref', '-d', 'refs/heads/main');

    await expect(world.look('run-1')).rejects.toMatchObject({ name: 'CommitConflict' });
  });

  /** A run of a later commit was merged. */
  function newerOnBase(): void {
    const source = world.repository.commit('main', { 'auth/a.py': 'two' });
    const lock = printVersionLock(updateLock(new Map(), [world.released('auth', 'v1.4.0-dev-2', source)]));
    world.repository.commit('main', { [LOCK]: lock });
  }
});

describe('a newer release', () => {
  test('of at least the same services closes the older pull request, and its run ends as superseded', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    const source = world.repository.commit('main', { 'auth/a.py': 'two' });

    expect(await push('run-2', ['auth', 'etcd'], 'v1.4.0-dev-2', source)).toMatchObject({ next: 'wait' });
    expect(states()).toEqual(['closed', 'open']);
    expect(await world.look('run-1')).toMatchObject({
      next: 'done',
      commit: null,
      superseded: ['auth'],
      supersededBy: 'release',
    });
    expect(world.pulls.find(1)?.comments).toEqual([expect.stringMatching(/Replaced by .*\/2/)]);
  });

  test('of other services leaves it open, and each is merged on top of the other', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    await push('run-2', ['etcd'], 'v1.4.0-dev');
    world.pulls.mergeByHand(1, 'squash', 'one');

    expect(await world.look('run-1')).toMatchObject({ next: 'done' });
    await world.look('run-2');
    world.pulls.mergeByHand((await numberOf('run-2')) ?? 0, 'squash', 'two');
    expect(await world.look('run-2')).toMatchObject({ next: 'done' });
    expect([...parseVersionLock(world.read(LOCK), LOCK).keys()]).toEqual(['auth', 'etcd']);
  });

  test('that opened first makes a late older one close itself', async () => {
    const source = world.repository.commit('main', { 'auth/a.py': 'two' });
    await push('run-2', ['auth'], 'v1.4.0-dev-2', source);

    expect(await push('run-1', ['auth'], 'v1.4.0-dev')).toMatchObject({
      next: 'done',
      superseded: ['auth'],
      supersededBy: 'release',
    });
    expect(states()).toEqual(['open', 'closed']);
    expect(world.pulls.find(2)?.comments).toEqual([expect.stringMatching(/\/1 releases all of it or something newer/)]);
  });

  test('finds an older one that was merged in the same moment as it is', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    const commit = world.pulls.mergeByHand(1, 'squash', 'one');
    const source = world.repository.commit('main', { 'auth/a.py': 'two' });
    await push('run-2', ['auth'], 'v1.4.0-dev-2', source);

    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit, superseded: [] });
  });
});

describe('other people', () => {
  test('keep their pull requests and branches, whatever these look like', async () => {
    const theirs = 'image-pipeline/run-0-0a1b2c3d';
    world.repository.git('update-ref', `refs/heads/${theirs}`, world.base);
    world.repository.commit(theirs, { 'auth/b.py': '1' });
    world.pulls.add({ base: 'main', branch: theirs, title: 'mine', body: proposalMarker('run-0') });
    await push('run-1', ['auth'], 'v1.4.0-dev');
    const { branch = '' } = world.pulls.find(2) ?? {};
    world.repository.commit(branch, { 'auth/c.py': 'of somebody else' });
    const source = world.repository.commit('main', { 'auth/a.py': 'two' });
    await push('run-2', ['auth'], 'v1.4.0-dev-2', source);

    expect(states()).toEqual(['open', 'open', 'open']);
    expect(world.repository.git('log', '-1', '--format=%s', theirs)).toBe('a change');
  });

  test('who take the marker out of the body keep the pull request', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    Object.assign(world.pulls.find(1) ?? {}, { body: 'mine now' });
    await push('run-2', ['auth'], 'v1.4.0-dev-2', world.repository.commit('main', { 'auth/a.py': 'two' }));

    expect(states()).toEqual(['open', 'open']);
  });

  test('who push to its branch stop merge and replacement, and the run says so', async () => {
    await push('run-1', ['auth'], 'v1.4.0-dev');
    world.repository.commit(world.pulls.find(1)?.branch ?? '', { 'auth/c.py': 'of somebody else' });
    world.repository.commit('main', { [VALUES]: `${world.read(VALUES)}\nreplicas: 3\n` });

    expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 1 } });
    await expect(world.look('run-1', 24)).rejects.toMatchObject({
      message: expect.stringMatching(/commits of somebody else/),
    });
    expect(states()).toEqual(['open']);
  });

  test.each([
    ['of another file', { a: 'of somebody else' }],
    ['of the values file', { [VALUES]: 'tag: of-somebody-else\n' }],
  ])('who have a branch of its name with a change %s are told, and keep it', async (_, change) => {
    const branch = `image-pipeline/run-1-${world.base.slice(0, 8)}`;
    world.repository.git('update-ref', `refs/heads/${branch}`, world.base);
    const head = world.repository.commit(branch, change);

    await expect(push('run-1', ['auth'], 'v1.4.0-dev')).rejects.toMatchObject({
      name: 'CommitConflict',
      message: expect.stringContaining(branch),
    });
    expect(world.repository.git('rev-parse', branch)).toBe(head);
    expect(states()).toEqual([]);
  });
});

describe('a run that broke off', () => {
  test('leaves its branch to somebody who has committed to it since', async () => {
    await world.store({ run: 'run-1', services: [world.released('auth', 'v1.4.0-dev')] });
    const killed = { git: dyingAfter(world.hosts.git, 'commit') };
    await expect(world.redrive('run-1', killed)).rejects.toThrow('killed after commit');
    const branch = `image-pipeline/run-1-${world.base.slice(0, 8)}`;
    const head = world.repository.commit(branch, { 'auth/a.py': 'of somebody else' });

    await expect(world.redrive('run-1')).rejects.toMatchObject({ name: 'CommitConflict' });
    expect(world.repository.git('rev-parse', branch)).toBe(head);
    expect(states()).toEqual([]);
  });

  /** The calls of the step after which it can be killed, in their order. */
  const CALLS = ['createBranch', 'commit', 'propose', 'open'] as const;

  test.each(CALLS)('after %s opens one pull request with one commit when it is redriven', async (name) => {
    const { git, pulls } = world.hosts;
    const killed = { git: dyingAfter(git, name), pulls: dyingAfter(pulls, name) };
    await world.store({ run: 'run-1', services: [world.released('auth', 'v1.4.0-dev')] });
    await expect(world.redrive('run-1', killed)).rejects.toThrow(`killed after ${name}`);

    expect(await world.redrive('run-1')).toMatchObject({ next: 'wait', pull: { number: 1 } });
    const branch = world.pulls.find(1)?.branch ?? '';
    expect(states()).toEqual(['open']);
    expect(world.repository.git('rev-list', '--count', `main..${branch}`)).toBe('1');
  });

  test('and is called twice at once opens one pull request', async () => {
    await world.store({ run: 'run-1', services: [world.released('auth', 'v1.4.0-dev')] });

    const steps = await Promise.all([world.redrive('run-1'), world.redrive('run-1')]);

    expect(steps.map(({ pull }) => pull?.number)).toEqual([1, 1]);
    expect(states()).toEqual(['open']);
  });
});

test('a run whose pull request was opened and merged by another call of it is done', async () => {
  const { pulls } = world.hosts;
  const late: PullRequestHost = {
    ...pulls,
    propose: async (proposal) => {
      const { number } = await pulls.propose(proposal);
      world.pulls.mergeByHand(number, 'squash', proposal.title);
      throw new Error('422: no commits between main and the branch');
    },
  };
  await world.store({ run: 'run-1', services: [world.released('auth', 'v1.4.0-dev')] });

  const step = await world.redrive('run-1', { pulls: late });

  expect(step).toMatchObject({ next: 'done', commit: world.repository.git('rev-parse', 'main') });
  expect(states()).toEqual(['merged']);
});

/** Returns the host, which throws after the call of that name has taken effect. */
function dyingAfter<Host extends GitHost | PullRequestHost>(host: Host, name: string): Host {
  const call = (host as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name];
  if (call === undefined) return host;
  const dying = async (...args: unknown[]) => {
    await call(...args);
    throw new Error(`killed after ${name}`);
  };
  return { ...host, [name]: dying };
}
