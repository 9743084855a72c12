import { printTrailers } from '../../../core/version/commit-message';
import { type LockState, versionEvents } from '../../../core/version/lock-history';
import type { LockEntry } from '../../../core/version/version-lock';

const SOURCE = 'a'.repeat(40);

function entry(version: string, digit = '1'): LockEntry {
  return { version, digest: `sha256:${digit.repeat(64)}`, inputDigest: digit.repeat(40), source: SOURCE };
}

function state(commit: string, parents: readonly string[], lock: Record<string, LockEntry>, message = ''): LockState {
  return { commit, parents, message, committedAt: 0, lock: new Map(Object.entries(lock)) };
}

function told(...states: readonly LockState[]): readonly string[] {
  return versionEvents(states).map(({ commit, service, version, run, rollbackTo }) =>
    [commit, service, version, run ?? 'by hand', ...(rollbackTo === undefined ? [] : [`to ${rollbackTo}`])].join(' '),
  );
}

describe('the history of versions', () => {
  test('names of each state only what changed, by service, and the run that its commit names', () => {
    const message = `dev\n\n${printTrailers({ run: 'run-1', source: SOURCE })}\n`;
    const first = state('c1', [], { ngui: entry('v1.0.0'), auth: entry('v1.0.0') }, message);
    const second = state('c2', ['c1'], { ngui: entry('v1.0.0'), auth: entry('v1.1.0-dev', '2') }, message);

    expect(told(first, second)).toEqual(['c1 auth v1.0.0 run-1', 'c1 ngui v1.0.0 run-1', 'c2 auth v1.1.0-dev run-1']);
  });

  test('lists the services of a state by name, and takes a state whose parents are not known for the first one', () => {
    const lock = (...names: string[]) => Object.fromEntries(names.map((name) => [name, entry('v1.0.0')]));
    const expected = ['c1 auth v1.0.0 by hand', 'c1 etcd v1.0.0 by hand', 'c1 ngui v1.0.0 by hand'];

    expect(told(state('c1', ['c0'], lock('auth', 'etcd', 'ngui')))).toEqual(expected);
    expect(told(state('c1', [], lock('ngui', 'auth', 'etcd')))).toEqual(expected);
  });

  test('lists a version that came again with another image, and one that a person wrote', () => {
    const first = state('c1', [], { auth: entry('v1.0.0') });
    const second = state('c2', ['c1'], { auth: entry('v1.0.0', '2') }, 'fix it\n\nRun-Id: run-1\n');

    expect(told(first, second)).toEqual(['c1 auth v1.0.0 by hand', 'c2 auth v1.0.0 by hand']);
  });

  test('names the release that a rollback restored', () => {
    const first = state('c1', [], { auth: entry('v1.1.0', '2') });
    const back = `rollback\n\n${printTrailers({ run: 'run-2', source: SOURCE, rollbackTo: 'v1.0.0' })}\n`;
    const second = state('c2', ['c1'], { auth: entry('v1.0.0') }, back);

    expect(told(first, second)[1]).toBe('c2 auth v1.0.0 run-2 to v1.0.0');
  });

  test('counts a merge only where it has what neither side had', () => {
    const base = state('c1', [], { auth: entry('v1.0.0'), ngui: entry('v1.0.0') });
    const left = state('c2', ['c1'], { auth: entry('v1.1.0', '2'), ngui: entry('v1.0.0') });
    const right = state('c3', ['c1'], { auth: entry('v1.0.0'), ngui: entry('v1.2.0', '3') });
    const merge = state('c4', ['c2', 'c3'], { auth: entry('v1.1.0', '2'), ngui: entry('v1.3.0', '4') });

    expect(told(base, left, right, merge).slice(2)).toEqual([
      'c2 auth v1.1.0 by hand',
      'c3 ngui v1.2.0 by hand',
      'c4 ngui v1.3.0 by hand',
    ]);
  });

  test('skips a service that was removed, and lists it when it is back', () => {
    const first = state('c1', [], { auth: entry('v1.0.0') });
    const gone = state('c2', ['c1'], {});
    const back = state('c3', ['c2'], { auth: entry('v1.0.0') });

    expect(told(first, gone, back)).toEqual(['c1 auth v1.0.0 by hand', 'c3 auth v1.0.0 by hand']);
  });
});
