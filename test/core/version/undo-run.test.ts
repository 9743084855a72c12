import fc from 'fast-check';
import { findCommitOfRun, type LockRevision, sharedVersion, undoRun } from '../../../core/version/lock-history';
import type { LockEntry, VersionLock } from '../../../core/version/version-lock';
import { runs } from '../../support/property-runs';

function lockOf(text: string): VersionLock {
  return new Map(
    text.split(', ').map((each): [string, LockEntry] => {
      const [name = '', version = ''] = each.split(' ');
      return [name, { version, digest: `digest of ${version}`, inputDigest: '', source: 'a' } as LockEntry];
    }),
  );
}

function undo(before: string, after: string, current: string) {
  const { restored, ...rest } = undoRun({ commit: 'c', before: lockOf(before), after: lockOf(after) }, lockOf(current));
  return { restored: [...restored].map(([name, { version }]) => `${name} ${version}`), ...rest };
}

describe('undoing a run', () => {
  test('takes back what it changed, and nothing else', () => {
    expect(undo('auth v1, etcd v1', 'auth v2, etcd v1', 'auth v2, etcd v1').restored).toEqual(['auth v1']);
  });

  test('leaves a service that a newer run has changed', () => {
    const result = undo('auth v1, etcd v1', 'auth v2, etcd v2', 'auth v3, etcd v2');

    expect(result).toEqual({ restored: ['etcd v1'], newer: ['auth'], first: [] });
  });

  test('cannot take back a first release', () => {
    expect(undo('auth v1', 'auth v2, bot v1', 'auth v2, bot v1')).toEqual({
      restored: ['auth v1'],
      newer: [],
      first: ['bot'],
    });
  });

  test('a second time restores the same again', () => {
    expect(undo('auth v1', 'auth v2', 'auth v1').restored).toEqual(['auth v1']);
  });

  const locks = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('v1', 'v2', 'v3'));
  const asLock = (record: Record<string, string>) =>
    Object.keys(record).length === 0
      ? new Map()
      : lockOf(
          Object.entries(record)
            .map((pair) => pair.join(' '))
            .join(', '),
        );

  test('never touches a service that the run did not change or that has moved on', () => {
    const property = fc.property(locks, locks, locks, (before, after, current) => {
      const { restored, newer, first } = undoRun(
        { commit: 'c', before: asLock(before), after: asLock(after) },
        asLock(current),
      );
      for (const [name, { version }] of restored) {
        expect(after[name]).not.toBe(before[name]);
        expect([before[name], after[name]]).toContain(current[name]);
        expect(version).toBe(before[name]);
      }
      const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
      expect([...restored.keys(), ...newer, ...first].sort()).toEqual(changed.sort());
    });
    fc.assert(property, { numRuns: runs(300) });
  });
});

describe('the commit of a run', () => {
  const revisions: readonly LockRevision[] = [
    { commit: 'd', run: 'run-1', lock: lockOf('auth v2') },
    { commit: 'c', run: 'run-2', lock: lockOf('auth v1') },
    { commit: 'b', run: 'run-1', lock: lockOf('auth v2') },
    { commit: 'a', lock: lockOf('auth v0') },
  ];

  test('is its last one, with the state before it', () => {
    expect(findCommitOfRun(revisions, 'run-1', true)).toMatchObject({ commit: 'd', before: lockOf('auth v1') });
  });

  test('is not known if the state before it may be older than what was read', () => {
    const [, , , oldest] = revisions;
    const cut = [{ ...oldest, run: 'run-0' }] as LockRevision[];

    expect(findCommitOfRun(cut, 'run-0', false)).toBeUndefined();
    expect(findCommitOfRun(cut, 'run-0', true)?.before.size).toBe(0);
  });
});

test('services share a version only if all have it', () => {
  expect(sharedVersion([...lockOf('auth v1, etcd v1').values()])).toBe('v1');
  expect(sharedVersion([...lockOf('auth v1, etcd v2').values()])).toBeUndefined();
  expect(sharedVersion([])).toBeUndefined();
});
