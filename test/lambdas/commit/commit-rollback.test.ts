import type { ReleaseRecord } from '../../../core/contract/release';
import { parseVersionLock } from '../../../core/version/version-lock';
import { type CommitWorld, LOCK, makeCommitWorld, VALUES } from './commit-world';

let repository: CommitWorld['repository'];
let base: string;
let released: CommitWorld['released'];
let commitRelease: CommitWorld['commitRelease'];
let wholeRelease: CommitWorld['wholeRelease'];
let read: CommitWorld['read'];

beforeEach(() => {
  ({ repository, base, released, commitRelease, wholeRelease, read } = makeCommitWorld());
});

afterEach(() => repository.remove());

describe('a rollback', () => {
  const rollbackTo = (version: string, commit: string, part: Partial<ReleaseRecord> = {}): Partial<ReleaseRecord> => ({
    ...wholeRelease(version),
    run: 'rollback-1',
    action: 'rollback',
    rollbackTo: version,
    commit,
    ...part,
  });

  test('restores the earlier sources in a commit that says so', async () => {
    await commitRelease(wholeRelease('v1.4.0'));
    const newer = repository.commit('main', { 'auth/a.py': 'two' });
    const { commit } = await commitRelease({ ...wholeRelease('v1.5.0', newer), run: 'run-2' });

    const result = await commitRelease(rollbackTo('v1.4.0', commit ?? ''));

    expect(result).toMatchObject({ commit: repository.git('rev-parse', 'main'), superseded: [] });
    expect(repository.git('rev-parse', 'main^')).toBe(commit);
    expect(repository.git('log', '-1', '--format=%s', 'main')).toBe('rollback to v1.4.0: 3 services');
    expect(repository.git('log', '-1', '--format=%(trailers:key=Rollback-To)', 'main')).toContain('v1.4.0');
    expect(read(VALUES)).toContain('tag: &tag v1.4.0');
    expect(parseVersionLock(read(LOCK), LOCK).get('auth')).toMatchObject({ version: 'v1.4.0', source: base });
  });

  test('does not undo releases after its start', async () => {
    const { commit } = await commitRelease(wholeRelease('v1.4.0'));
    const newer = repository.commit('main', { 'auth/a.py': 'two' });
    const fixed = await commitRelease({
      run: 'run-2',
      commit: newer,
      services: [released('auth', 'v1.4.1-dev', { source: newer })],
    });

    const late = await commitRelease(rollbackTo('v1.3.0', commit ?? ''));

    expect(late).toEqual({ commit: null, changes: 0, superseded: ['auth', 'etcd', 'ngui'], supersededBy: 'release' });
    expect(repository.git('rev-parse', 'main')).toBe(fixed.commit);
  });

  test('of single services leaves out one that changed meanwhile, and restores the others', async () => {
    const { commit } = await commitRelease(wholeRelease('v1.4.0'));
    await commitRelease({ run: 'run-2', services: [released('auth', 'v1.4.1-dev')] });
    const services = [released('auth', 'v1.3.0'), released('etcd', 'v1.3.0')];

    const late = await commitRelease({
      run: 'r',
      action: 'rollback',
      rollbackTo: 'v1.3.0',
      commit: commit ?? '',
      services,
    });

    expect(late).toMatchObject({ commit: repository.git('rev-parse', 'main'), superseded: ['auth'] });
    expect(repository.git('log', '-1', '--format=%s', 'main')).toBe('rollback to v1.3.0: etcd');
  });

  test('is not undone by a run that was planned before it', async () => {
    await commitRelease(wholeRelease('v1.4.0'));
    const newer = repository.commit('main', { 'auth/a.py': 'two' });
    const { commit } = await commitRelease({ ...wholeRelease('v1.5.0', newer), run: 'run-2' });
    await commitRelease(rollbackTo('v1.4.0', commit ?? ''));
    const head = repository.git('rev-parse', 'main');

    const late = await commitRelease({
      run: 'run-3',
      commit: commit ?? '',
      services: [released('auth', 'v1.6.0-dev', { source: commit ?? '' })],
    });

    expect(late.superseded).toEqual(['auth']);
    expect(repository.git('rev-parse', 'main')).toBe(head);
  });
});

test('a commit is found under later commits of runs and of people', async () => {
  const first = await commitRelease({ services: [released('auth', 'v1.4.0-dev')] });
  await commitRelease({ run: 'run-2', services: [released('etcd', 'v1.4.0-dev')] });
  repository.commit('main', { 'auth/a.py': 'two' });

  const again = await commitRelease({ services: [released('auth', 'v1.4.0-dev')] });

  expect(again).toEqual({ commit: first.commit, changes: 1, superseded: [], supersededBy: null });
});
