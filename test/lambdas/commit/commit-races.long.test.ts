/** A few of the schedules that `npm run test:real` plays by the hundred, on the git host that needs only git. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import type { ReleasedService } from '../../../core/contract/release';
import type { GitHost } from '../../../core/ports/git';
import { eachTest } from '../../support/each-test';
import { startFaultProxy } from '../../support/http/fault-proxy';
import { rewind, upset } from '../../support/races/branch-upsets';
import { breachesIn } from '../../support/races/commit-invariants';
import { playSchedule } from '../../support/races/race-schedule';
import { verdictOf } from '../../support/races/race-verdict';
import {
  FILES,
  FIRST_VERSION,
  makeRaceWorld,
  pushOf,
  releasedService,
  releaseOf,
} from '../../support/races/race-world';

const world = eachTest(
  () => makeRaceWorld('a repository on disk'),
  (world) => world.stop(),
);

describe('eight runs at once on one values branch', () => {
  test.each([1, 2])('keep all invariants of the history (schedule %i)', async (seed) => {
    const tries = await playSchedule(world, seed);

    expect(tries).toContainEqual(expect.objectContaining({ isMoved: true }));
    expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
    expect(await breachesIn(world)).toEqual([]);
  });
});

describe('the check of a history finds', () => {
  const git = (): GitHost => createLocalGitHost(world.repository.path);
  const found = async () => (await breachesIn(world)).map((breach) => breach.split(/[: ]/)[0]);

  test('nothing in a history without faults', async () => {
    await world.play(pushOf('run-1', await source('auth'), 'v1.1.0-dev', ['auth']));

    expect(await breachesIn(world)).toEqual([]);
  });

  test('a host that treats any commit as older, so that an older run overwrites a newer one (I6)', async () => {
    const [older, newer] = [await source('auth'), await source('auth')];
    await world.play(pushOf('run-2', newer, 'v1.1.0-dev-2', ['auth']));
    const blind = { ...git(), isAncestor: async (one: string, other: string) => one === older && other !== newer };

    await world.play(pushOf('run-1', older, 'v1.1.0-dev', ['auth']), blind);

    expect(await found()).toEqual(['I6']);
  });

  test('a host that moves the branch by force, so that another commit is lost (I9)', async () => {
    const commit = await source('auth');
    const parent = world.repository.git('rev-parse', `${commit}^`);
    world.repository.git('branch', 'stale', parent);
    const forcing: GitHost = {
      ...git(),
      commit: async (proposal) => {
        const made = await git().commit({ ...proposal, branch: 'stale', parent });
        world.repository.reset('main', world.repository.git('rev-parse', 'stale'));
        return made;
      },
    };

    await world.play(pushOf('run-1', commit, 'v1.1.0-dev', ['etcd']), forcing);

    expect(await found()).toContain('I9');
  });

  test('a host that commits twice and reports one (I7)', async () => {
    const twice: GitHost = {
      ...git(),
      commit: async (proposal) => {
        const first = await git().commit(proposal);
        const parent = first.kind === 'committed' ? first.commit : first.head;
        const files = proposal.files.map((file) => ({ ...file, content: `${file.content}\n` }));
        await git().commit({ ...proposal, parent, files });
        return first;
      },
    };

    await world.play(pushOf('run-1', await source('auth'), 'v1.1.0-dev', ['auth']), twice);

    expect(await found()).toContain('I7');
  });

  test('a host that leaves files out (I10), and one that writes other files (I9)', async () => {
    const half: GitHost = {
      ...git(),
      commit: (proposal) =>
        git().commit({ ...proposal, files: proposal.files.filter(({ path }) => path !== FILES.lock) }),
    };
    const more: GitHost = {
      ...git(),
      commit: (proposal) =>
        git().commit({
          ...proposal,
          files: proposal.files.map((file) => ({ ...file, content: changed(file.content) })),
        }),
    };
    const changed = (content: string) => content.replace('replicas: 1', 'replicas: 2');

    await world.play(pushOf('run-1', await source('auth'), 'v1.1.0-dev', ['auth']), half);
    expect(await found()).toEqual(['I1', 'I10']);
    await world.play(pushOf('run-2', await source('etcd'), 'v1.1.0-dev', ['etcd']), more);

    expect(await found()).toContain('I9');
  });

  test('only the run’s own files (I10) if its branch was deleted after the commit', async () => {
    const [older, newer] = [await source('auth'), await source('auth')];
    await world.play(pushOf('run-2', newer, 'v1.1.0-dev-2', ['auth']));
    const deletedAfter = (isWanted: (path: string) => boolean): GitHost => ({
      ...git(),
      commit: async (proposal) => {
        await git().commit({ ...proposal, files: proposal.files.filter(({ path }) => isWanted(path)) });
        upset(world, 'deleted');
        throw new Error("branch 'main' was deleted in the meantime");
      },
    });
    const head = world.repository.git('rev-parse', 'main');
    const record = pushOf('run-1', older, 'v1.1.0-dev', ['auth', 'etcd']);

    await world.play(
      record,
      deletedAfter(() => true),
    );
    expect(await verdictOf(world, [], 'deleted')).toEqual([]);

    world.repository.git('update-ref', 'refs/heads/main', head);
    await world.play(
      pushOf('run-3', older, 'v1.1.0-dev', ['auth', 'etcd']),
      deletedAfter((path) => path !== FILES.lock),
    );
    expect(await found()).toContain('I10');
  });

  test('a version with two images (I2)', async () => {
    const commit = await source('auth');
    const record = pushOf('run-1', commit, 'v1.1.0-dev', ['auth']);
    const lying: GitHost = {
      ...git(),
      commit: (proposal) =>
        git().commit({
          ...proposal,
          files: proposal.files.map(({ path, content }) => ({
            path,
            content: content.replace(record.services[0]?.digest ?? '', `sha256:${'0'.repeat(64)}`),
          })),
        }),
    };

    await world.play(record, lying);

    expect(await found()).toContain('I2');
  });

  test.each([
    ['leaves a service out', (): ReleasedService[] => []],
    ['brings another image', (etcd: ReleasedService) => [releasedService('etcd', 'v1.2.0-dev', etcd.source)]],
  ])('a rollback that %s (I11)', async (_, wrong) => {
    const commit = await source('etcd');
    await world.play(pushOf('run-1', commit, 'v1.1.0-dev', ['auth', 'etcd']));
    const head = world.repository.git('rev-parse', 'main');
    const then = world.runs[0]?.record.services ?? [];
    const services = then.flatMap((service) => (service.name === 'etcd' ? wrong(service) : [service]));
    const whole = {
      ...releaseOf('run-2', head, FIRST_VERSION),
      action: 'rollback',
      rollbackTo: FIRST_VERSION,
    } as const;

    await world.play({ ...whole, services });

    expect(await found()).toContain('I11');
  });

  function source(name: string): Promise<string> {
    return world.commitForeign(`change ${name}`, async () => ({ [`${name}/main.py`]: `${Math.random()}` }));
  }
});

describe('a schedule whose changes of the branch affected no run', () => {
  test.each(['rewound', 'deleted', 'protected'] as const)('fails as void (%s)', async (upset) => {
    const commit = await world.commitForeign('change auth', async () => ({ 'auth/main.py': '1' }));
    await world.play(pushOf('run-1', commit, 'v1.1.0-dev', ['auth']));

    expect(await verdictOf(world, [], upset)).toEqual([`void: no run noticed that the branch was ${upset}`]);
  });

  test('is void also if the branch was reset after the last try', async () => {
    const commit = await world.commitForeign('change auth', async () => ({ 'auth/main.py': '1' }));
    await world.play(pushOf('run-1', commit, 'v1.1.0-dev', ['auth']));
    rewind(world, 1);

    expect(await verdictOf(world, [{ parent: commit, isMoved: false }], 'rewound')).toContainEqual(
      expect.stringMatching(/^void: /),
    );
  });
});

test('a fault without a request is reported, so that its case is void', async () => {
  const proxy = await startFaultProxy('http://127.0.0.1:1', [
    { name: 'never met', method: 'POST', fault: { kind: 'reset', when: 'before' } },
  ]);

  expect(proxy.unfired()).toEqual(['never met']);
  await proxy.close();
});
