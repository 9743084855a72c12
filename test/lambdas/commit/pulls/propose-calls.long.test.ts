/** Pull requests of runs when another call of the run, or a person, acts between two requests of a call. */
import { printVersionLock, updateLock } from '../../../../core/version/version-lock';
import { LOCK, makeProposeWorld, type ProposeWorld, VALUES } from './propose-world';

let world: ProposeWorld;
beforeEach(async () => {
  world = await makeProposeWorld({ autoMerge: false });
  await world.store({ run: 'run-1', services: [world.released('auth', 'v1.4.0-dev')] });
});
afterEach(() => world.stop());

const states = () => world.pulls.all.map(({ state }) => state);
const branchOf = (number: number) => world.pulls.find(number)?.branch ?? '';
const headOf = (branch: string) => world.repository.git('rev-parse', branch);
const changeValues = () => world.repository.commit('main', { [VALUES]: `${world.read(VALUES)}\nreplicas: 3\n` });

/** Returns the host, at which something else happens right before or after the first call of that name. */
function acting<Host extends object>(host: Host, when: 'before' | 'after', name: keyof Host, act: () => unknown): Host {
  const call = host[name] as (...args: unknown[]) => Promise<unknown>;
  let isFirst = true;
  const delayed = async (...args: unknown[]) => {
    const acts = isFirst;
    isFirst = false;
    if (acts && when === 'before') await act();
    const result = await call(...args);
    if (acts && when === 'after') await act();
    return result;
  };
  return { ...host, [name]: delayed };
}

describe('a call that is late', () => {
  test.each(['createBranch', 'commit'] as const)(
    'before its %s finds the pull request of the other call, and opens none',
    async (name) => {
      const { git, pulls } = world.hosts;
      const other = () => world.redrive('run-1');
      const late =
        name === 'commit'
          ? { git: acting(git, 'before', 'commit', other), pulls }
          : { git, pulls: acting(pulls, 'before', 'createBranch', other) };
      const propose = () => Promise.reject(new Error('another one was asked for'));

      const step = await world.redrive('run-1', { ...late, pulls: { ...late.pulls, propose } });

      expect(step).toMatchObject({ next: 'wait', pull: { number: 1 } });
      expect(states()).toEqual(['open']);
      expect(world.repository.git('rev-list', '--count', `main..${branchOf(1)}`)).toBe('1');
    },
  );

  test('leaves none open when a newer release comes while it replaces its own', async () => {
    await world.redrive('run-1');
    changeValues();
    const git = acting(world.hosts.git, 'after', 'head', () => {
      const source = world.repository.commit('main', { 'auth/a.py': 'two' });
      const lock = updateLock(new Map(), [world.released('auth', 'v1.4.0-dev-2', source)]);
      world.repository.commit('main', { [LOCK]: printVersionLock(lock) });
    });

    expect(await world.redrive('run-1', { git })).toMatchObject({ next: 'wait', pull: { number: 2 } });
    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit: null, superseded: ['auth'] });
    expect(states()).toEqual(['closed', 'closed']);
  });

  test('opens none once the other call has ended the run, because a newer release overtook it', async () => {
    await world.redrive('run-1');
    changeValues();
    const told: unknown[] = [];
    const pulls = acting(world.hosts.pulls, 'before', 'createBranch', async () => {
      const source = world.repository.commit('main', { 'auth/a.py': 'two' });
      const services = [world.released('auth', 'v1.4.0-dev-2', source)];
      await world.release({ run: 'run-2', commit: source, services });
      told.push(await world.look('run-1'));
    });

    told.push(await world.look('run-1', 0, { pulls }));

    const superseded = { next: 'done', commit: null, superseded: ['auth'], supersededBy: 'release' };
    expect(told).toEqual([expect.objectContaining(superseded), expect.objectContaining(superseded)]);
    expect(states()).toEqual(['closed', 'open']);
    expect(branchOf(2)).toContain('run-2');
  });

  test('gives way to a pull request that the other call has opened on a later head', async () => {
    const late = acting(world.hosts.pulls, 'after', 'propose', async () => {
      changeValues();
      await world.redrive('run-1');
    });

    const step = await world.redrive('run-1', { pulls: late });

    expect(step).toMatchObject({ next: 'wait', pull: { number: 2 } });
    expect(states()).toEqual(['closed', 'open']);
    expect(await world.proposal('run-1')).toMatchObject({ branch: branchOf(2), pull: { number: 2 } });
  });

  test('closes its own with a pointer to the one that the other call has opened meanwhile', async () => {
    const late = acting(world.hosts.pulls, 'before', 'open', () => {
      const branch = `image-pipeline/run-1-${changeValues().slice(0, 8)}`;
      world.repository.git('update-ref', `refs/heads/${branch}`, headOf(branchOf(1)));
      const { title = '', body = '' } = world.pulls.find(1) ?? {};
      world.pulls.add({ base: 'main', branch, title, body });
    });

    await world.redrive('run-1', { pulls: late });

    expect(states()).toEqual(['closed', 'open']);
    expect(world.pulls.find(1)?.comments).toEqual([expect.stringMatching(/Replaced by .*\/2, which the same run/)]);
  });

  test('looks at the pull request that has replaced the one it knows', async () => {
    await world.redrive('run-1');
    const replaced = acting(world.hosts.pulls, 'before', 'read', async () => {
      changeValues();
      await world.look('run-1');
    });

    expect(await world.look('run-1', 0, { pulls: replaced })).toMatchObject({ next: 'wait', pull: { number: 2 } });
    expect(states()).toEqual(['closed', 'open']);
  });

  test('after one that broke off before it knew its pull request finds that', async () => {
    const { pulls } = world.hosts;
    const propose: typeof pulls.propose = async (proposal) => {
      await pulls.propose(proposal);
      throw new Error('killed');
    };
    const open = () => Promise.reject(new Error('killed'));
    await world.redrive('run-1', { pulls: { ...pulls, propose, open } }).catch(() => undefined);

    expect(await world.look('run-1')).toMatchObject({ next: 'wait', pull: { number: 1 } });
  });
});

describe('a pull request that', () => {
  test('replaced an earlier one of the same run is no newer release: a person who closes it fails the run', async () => {
    await world.redrive('run-1');
    changeValues();
    await world.look('run-1');
    world.pulls.close(2);

    await expect(world.look('run-1')).rejects.toMatchObject({ name: 'NotMerged' });
  });

  test('a person merges while it is closed, because the base has all of it, counts as merged', async () => {
    await world.redrive('run-1');
    const tree = world.repository.git('rev-parse', `${branchOf(1)}^{tree}`);
    world.repository.reset('main', world.repository.git('commit-tree', tree, '-p', 'main', '-m', 'the same by hand'));
    const late = acting(world.hosts.pulls, 'before', 'close', () => world.pulls.mergeByHand(1, 'merge', 'merged'));

    expect(await world.look('run-1', 0, { pulls: late })).toMatchObject({ next: 'done', commit: headOf('main') });
    expect(states()).toEqual(['merged']);
  });

  test('a person closes after pushing its commit to the base is done', async () => {
    await world.redrive('run-1');
    const commit = headOf(branchOf(1));
    world.repository.reset('main', commit);
    world.pulls.close(1);

    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit, changes: 1, pull: { number: 1 } });
    expect(await world.stored('run-1')).toMatchObject({ commit });
  });

  test('was merged is judged by its merge, whatever comes after that', async () => {
    await world.redrive('run-1');
    const commit = world.pulls.mergeByHand(1, 'squash', 'merged');
    world.repository.commit('main', { [VALUES]: world.read(VALUES).replace('v1.4.0-dev', 'v9') });

    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit });
  });

  test('was merged with another table of images is right: the table is only for people', async () => {
    await world.redrive('run-1');
    const images = LOCK.replace('version-lock.yaml', 'IMAGE_VERSIONS.md');
    expect(world.repository.git('show', `${branchOf(1)}:${images}`)).toContain('v1.4.0-dev');
    world.repository.commit(branchOf(1), { [images]: 'a table of somebody else\n' });
    const commit = world.pulls.mergeByHand(1, 'squash', 'merged');

    expect(await world.look('run-1')).toMatchObject({ next: 'done', commit });
  });

  test('was not merged in time is named without a reason if the host gives none', async () => {
    await world.redrive('run-1');
    const { pulls } = world.hosts;
    const read: typeof pulls.read = async (number) => {
      const { waitsFor: _, ...pull } = await pulls.read(number);
      return pull;
    };

    await expect(world.look('run-1', 24, { pulls: { ...pulls, read } })).rejects.toMatchObject({
      message: expect.stringMatching(/ was not merged within 24 hours; it stays open: merge it, then redrive the run/),
    });
  });
});

test('a release that the base has in a newer version opens no pull request', async () => {
  const source = world.repository.commit('main', { 'auth/a.py': 'two' });
  await world.release({ run: 'run-2', commit: source, services: [world.released('auth', 'v1.4.0-dev-2', source)] });
  world.pulls.mergeByHand(1, 'squash', 'newer');

  expect(await world.redrive('run-1')).toMatchObject({ next: 'done', commit: null, superseded: ['auth'] });
  expect(states()).toEqual(['merged']);
});

test('a run on a branch without the setting commits, although another branch takes pull requests', async () => {
  world.repository.git('update-ref', 'refs/heads/develop', world.base);

  const step = await world.release({ run: 'run-2', ref: 'develop', services: [world.released('auth', 'v1.4.0-dev')] });

  expect(step).toMatchObject({ next: 'done', seconds: 0, commit: headOf('develop') });
  expect(headOf('develop')).not.toBe(world.base);
  expect(states()).toEqual([]);
});
