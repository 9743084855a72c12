import type { GitHost } from '../../../core/ports/git';
import { parseModuleLock } from '../../../core/version/module-lock';
import { parseVersionLock } from '../../../core/version/version-lock';
import { CATALOG, type CommitWorld, LOCK, makeCommitWorld, VALUES, VALUES_TEXT } from './commit-world';

const MODULES = 'chart/module-lock.yaml';

let repository: CommitWorld['repository'];
let git: CommitWorld['git'];
let base: string;
let released: CommitWorld['released'];
let commitRelease: CommitWorld['commitRelease'];
let wholeRelease: CommitWorld['wholeRelease'];
let read: CommitWorld['read'];
let pauses: CommitWorld['pauses'];
let stored: CommitWorld['stored'];

beforeEach(() => {
  ({ repository, git, base, pauses, released, commitRelease, wholeRelease, read, stored } = makeCommitWorld());
});

afterEach(() => repository.remove());

describe('the commit step', () => {
  test('updates anchor, lock and IMAGE_VERSIONS.md in one commit on top of the head', async () => {
    const result = await commitRelease(wholeRelease('v1.4.0'));

    expect(result.commit).toBe(repository.git('rev-parse', 'main'));
    expect(await stored()).toEqual(result);
    expect(pauses).toEqual([]);
    expect(read('chart/IMAGE_VERSIONS.md')).toContain('registry.example/team/auth');
    expect(repository.git('rev-parse', 'main^')).toBe(base);
    expect(`${read(VALUES)}\n`).toBe(
      VALUES_TEXT.replace('&tag v1.3.0', '&tag v1.4.0').replace('tag: "v1.3.0-co2"', 'tag: *tag'),
    );
    const files = repository.git('show', '--name-only', '--format=', 'main').split('\n').sort();
    expect(files).toEqual(['chart/IMAGE_VERSIONS.md', VALUES, LOCK].sort());
    expect([...parseVersionLock(read(LOCK), LOCK).keys()]).toEqual(['auth', 'etcd', 'ngui']);
    expect(repository.git('log', '-1', '--format=%(trailers)', 'main')).toContain('Run-Id: run-1');
  });

  test('records the modules of a release in the same commit, and takes no version back', async () => {
    const module = { name: 'lib', version: '1.3.0', contentDigest: 'c'.repeat(40), source: base };
    const first = await commitRelease({ ...wholeRelease('v1.4.0'), modules: [module] });

    expect(repository.git('show', '--name-only', '--format=', first.commit ?? '').split('\n')).toContain(MODULES);
    const locked = parseModuleLock(read(MODULES), MODULES);
    expect([...locked]).toEqual([['lib', { version: '1.3.0', contentDigest: 'c'.repeat(40), source: base }]]);

    const late = { ...module, version: '1.2.9', contentDigest: 'b'.repeat(40) };
    await commitRelease({ ...wholeRelease('v1.5.0'), run: 'run-2', modules: [late] });
    expect(parseModuleLock(read(MODULES), MODULES)).toEqual(locked);
  });

  test('gives one service its version and keeps every other byte', async () => {
    await commitRelease({ services: [released('auth', 'v1.4.0-dev')] });

    expect(`${read(VALUES)}\n`).toBe(VALUES_TEXT.replace('tag: *tag # follows', 'tag: v1.4.0-dev # follows'));
  });

  test('makes no second commit when it runs again, and names the one that it made', async () => {
    await commitRelease(wholeRelease('v1.4.0'));
    const head = repository.git('rev-parse', 'main');

    const again = await commitRelease(wholeRelease('v1.4.0'));

    expect(again).toEqual({ commit: head, changes: 3, superseded: [], supersededBy: null });
    expect(repository.git('rev-parse', 'main')).toBe(head);
    expect(await stored()).toEqual(again);
  });

  test('applies the release again after another commit, and keeps that commit', async () => {
    let foreign = 0;
    const racing: GitHost = {
      ...git,
      commit: async (proposal) => {
        if (foreign < 3) {
          foreign += 1;
          repository.commit('main', {
            [VALUES]: read(VALUES).replace('# Default values.', `# Default values. ${foreign}`),
          });
        }
        return git.commit(proposal);
      },
    };

    const result = await commitRelease({ services: [released('auth', 'v1.4.0-dev')] }, racing);

    expect(foreign).toBe(3);
    expect(result.commit).toBe(repository.git('rev-parse', 'main'));
    expect(read(VALUES)).toContain('# Default values. 3 2 1');
    expect(read(VALUES)).toContain('tag: v1.4.0-dev # follows');
    expect(repository.git('rev-list', '--count', 'main')).toBe('5');
  });

  test('stops after twenty tries on a branch that keeps moving, with longer pauses and the next step in the error', async () => {
    let tries = 0;
    const commit: GitHost['commit'] = async () => {
      tries += 1;
      return { kind: 'moved', head: base };
    };

    await expect(commitRelease(wholeRelease('v1.4.0'), { ...git, commit })).rejects.toMatchObject({
      name: 'CommitConflict',
      message:
        'branch main moved at each of 20 tries to commit; the images have their versions, so start the run again to commit',
    });
    expect(tries).toBe(20);
    // Half of 200 ms, doubled up to half of 10 s.
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, ...Array.from({ length: 13 }, () => 5000)]);
  });

  test('counts the places that it changed, and commits once', async () => {
    let commits = 0;
    const commit: GitHost['commit'] = (proposal) => {
      commits += 1;
      return git.commit(proposal);
    };

    expect(await commitRelease(wholeRelease('v1.4.0'), { ...git, commit })).toMatchObject({ changes: 4 });
    expect(commits).toBe(1);
  });

  test('finds its commit if the answer to it is lost', async () => {
    const deaf: GitHost = {
      ...git,
      commit: async (proposal) => {
        await git.commit(proposal);
        throw new Error('connection reset');
      },
    };

    const result = await commitRelease(wholeRelease('v1.4.0'), deaf);

    expect(result).toEqual({
      commit: repository.git('rev-parse', 'main'),
      changes: 3,
      superseded: [],
      supersededBy: null,
    });
    expect(repository.git('rev-parse', 'main^')).toBe(base);
    expect(repository.git('rev-list', '--count', 'main')).toBe('2');
  });

  test('fails with the error of the host if there is no commit', async () => {
    const refusing: GitHost = { ...git, commit: () => Promise.reject(new Error('the branch is protected')) };

    await expect(commitRelease(wholeRelease('v1.4.0'), refusing)).rejects.toThrow('the branch is protected');
    expect(repository.git('rev-parse', 'main')).toBe(base);
  });

  test('says so if the branch is gone', async () => {
    await expect(commitRelease({ ...wholeRelease('v1.4.0'), ref: 'gone' })).rejects.toMatchObject({
      name: 'CommitConflict',
      message: 'branch gone no longer exists; the images have their versions, no values file was changed',
    });
  });

  test('writes nothing if a path was removed from the values file meanwhile', async () => {
    const head = repository.commit('main', { [VALUES]: 'tag: &tag v1.3.0\n' });

    await expect(commitRelease(wholeRelease('v1.4.0'))).rejects.toMatchObject({ name: 'ValuesFile' });
    expect(repository.git('rev-parse', 'main')).toBe(head);
  });
});

describe('an older run', () => {
  test('does not overwrite the services that a newer run released', async () => {
    const newer = repository.commit('main', { 'auth/a.py': 'two' });
    await commitRelease({ commit: newer, services: [released('auth', 'v1.4.0-dev-2', { source: newer })] });

    const services = [released('auth', 'v1.4.0-dev'), released('etcd', 'v1.4.0-dev')];

    const late = await commitRelease({ run: 'run-2', services });

    expect(late.superseded).toEqual(['auth']);
    const lock = parseVersionLock(read(LOCK), LOCK);
    expect(lock.get('auth')?.version).toBe('v1.4.0-dev-2');
    expect(lock.get('etcd')?.version).toBe('v1.4.0-dev');
    expect(read(VALUES)).toContain('tag: v1.4.0-dev-2 # follows');

    const again = await commitRelease({ run: 'run-2', services });

    expect(again).toEqual({ commit: late.commit, changes: 1, superseded: ['auth'], supersededBy: 'release' });
  });

  test('of a release by name wins over a push of the same commit', async () => {
    await commitRelease({ services: [released('auth', 'v1.4.0-dev-2')] });

    const asked = await commitRelease({ run: 'run-2', action: 'build', services: [released('auth', 'v1.4.0-dev')] });

    expect(asked).toMatchObject({ commit: repository.git('rev-parse', 'main'), superseded: [] });
    expect(parseVersionLock(read(LOCK), LOCK).get('auth')?.version).toBe('v1.4.0-dev');
  });

  test('of a whole release commits no service', async () => {
    const newer = repository.commit('main', { 'auth/a.py': 'two' });
    await commitRelease(wholeRelease('v1.5.0', newer));
    const head = repository.git('rev-parse', 'main');

    const late = await commitRelease({ ...wholeRelease('v1.4.0'), run: 'run-2' });

    expect(late).toEqual({ commit: null, changes: 0, superseded: ['auth', 'etcd', 'ngui'], supersededBy: 'release' });
    expect(repository.git('rev-parse', 'main')).toBe(head);
  });

  test('of a push keeps the version that a person gave the same commit', async () => {
    await commitRelease({ action: 'build', services: [released('auth', 'v1.4.0-hotfix-1')] });

    const late = await commitRelease({ run: 'run-2', services: [released('auth', 'v1.4.0-dev')] });

    expect(late.superseded).toEqual(['auth']);
  });

  test('whose commit was removed by a forced push writes nothing', async () => {
    const rewritten = repository.commit('other', { [VALUES]: VALUES_TEXT, 'pipeline.yaml': CATALOG });
    repository.reset('main', rewritten);

    const late = await commitRelease({ ...wholeRelease('v1.4.0'), run: 'run-2' });

    expect(late).toEqual({ commit: null, changes: 0, superseded: ['auth', 'etcd', 'ngui'], supersededBy: 'rewind' });
    expect(repository.git('rev-parse', 'main')).toBe(rewritten);
  });
});
