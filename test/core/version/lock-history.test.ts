import { findRecords, type LockRevision } from '../../../core/version/lock-history';
import type { LockEntry } from '../../../core/version/version-lock';

const PLATFORM = ['auth', 'etcd'];

/** A state of the lock: `auth v1, etcd v1`. Digest and source are made of the version. */
function state(commit: string, text: string): LockRevision {
  const lock = text.split(', ').map((each): [string, LockEntry] => {
    const [name = '', version = ''] = each.split(' ');
    return [name, { version, digest: `digest of ${version}`, inputDigest: '', source: commit } as LockEntry];
  });
  return { commit, lock: new Map(lock) };
}

/** The newest first. */
const HISTORY: readonly LockRevision[] = [
  state('f', 'auth v1.5.0, etcd v1.5.0, bot v2.1.0'),
  state('e', 'auth v1.4.0-hotfix-1, etcd v1.4.0, bot v2.1.0'),
  state('d', 'auth v1.4.0, etcd v1.4.0, bot v2.1.0'),
  state('c', 'auth v1.4.0, etcd v1.4.0, bot v2.0.0'),
  state('b', 'auth v1.4.0-dev, etcd v1.3.0, bot v2.0.0'),
  state('a', 'auth v1.3.0, etcd v1.3.0'),
];

function found(search: { version?: string; services?: string[] }, isWhole = true, history = HISTORY): string {
  const records = findRecords(history, { ...search, platform: PLATFORM }, isWhole);
  return [...records].map(([name, { version }]) => `${name} ${version}`).join(', ');
}

describe('what is recorded', () => {
  test('of a release is the state that it brought about, not what was changed after it', () => {
    expect(found({ version: 'v1.4.0' })).toBe('auth v1.4.0, etcd v1.4.0, bot v2.0.0');
    expect(found({ version: 'v1.3.0' })).toBe('auth v1.3.0, etcd v1.3.0');
  });

  test('of a release that came twice is the newer one', () => {
    const twice = [state('g', 'auth v1.4.0, etcd v1.4.0, bot v3.0.0'), ...HISTORY];

    expect(found({ version: 'v1.4.0' }, true, twice)).toContain('bot v3.0.0');
  });

  test('of what was no release of the whole platform is nothing', () => {
    expect(found({ version: 'v1.4.0-dev' })).toBe('');
    expect(found({ version: 'v1.4.0-hotfix-1' })).toBe('');
  });

  test('of the oldest known state is a release only if nothing came before it', () => {
    expect(found({ version: 'v1.3.0' }, false)).toBe('');
  });

  test('of named services is what they had in the release, else what they had under that version', () => {
    expect(found({ version: 'v1.4.0', services: ['bot', 'auth'] })).toBe('bot v2.0.0, auth v1.4.0');
    expect(found({ version: 'v1.4.0-hotfix-1', services: ['auth', 'etcd'] })).toBe('auth v1.4.0-hotfix-1');
    expect(found({ version: 'v2.1.0', services: ['bot'] })).toBe('bot v2.1.0');
  });

  test('of a version that no state has is nothing', () => {
    expect(found({ version: 'v9.9.9' })).toBe('');
    expect(found({ version: 'v9.9.9', services: ['bot'] })).toBe('');
  });

  test('of a release counts the platform services that were there at the time, of which there must be one', () => {
    const grown = [state('b', 'auth v1.5.0, etcd v1.5.0'), state('a', 'auth v1.4.0')];

    expect(found({ version: 'v1.4.0' }, true, grown)).toBe('auth v1.4.0');
    expect(found({ version: 'v1.4.0' }, true, [state('a', 'bot v1.4.0')])).toBe('');
  });

  test('without a version is what is there now', () => {
    expect(found({})).toBe('auth v1.5.0, etcd v1.5.0, bot v2.1.0');
    expect(found({ services: ['etcd', 'unknown'] })).toBe('etcd v1.5.0');
    expect(found({}, true, [])).toBe('');
  });
});
