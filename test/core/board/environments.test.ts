import fc from 'fast-check';
import { type EnvironmentState, mainVersion, promotions, versionMatrix } from '../../../core/board/environments';
import { readLock, readLockLine } from '../../../core/board/lock-lines';
import { type LockEntry, parseVersionLock, printVersionLock } from '../../../core/version/version-lock';
import { runs } from '../../support/property-runs';

const entry = (version: string, digit: string): LockEntry => ({
  version,
  digest: `sha256:${digit.repeat(64)}`,
  inputDigest: digit.repeat(40),
  source: digit.repeat(40),
});

function state(environment: string, lock: Record<string, LockEntry>): EnvironmentState {
  return { environment, branch: 'main', lock: new Map(Object.entries(lock)), needsApproval: false, allows: [] };
}

describe('versions by environments', () => {
  const dev = state('dev', { auth: entry('v2', '2'), etcd: entry('v1', '1'), new: entry('v2', '3') });
  const production = state('production', { auth: entry('v1', '1'), etcd: entry('v1.0', '1'), old: entry('v1', '4') });

  test('every service has a row, and another image than the left neighbour has is a difference', () => {
    const rows = versionMatrix([dev, production], () => 7);
    expect(rows.map(({ service }) => service)).toEqual(['auth', 'etcd', 'new', 'old']);
    expect(rows[0]?.cells.map((cell) => cell?.isDrift)).toEqual([false, true]);
    // The version differs, the image does not.
    expect(rows[1]?.cells[1]).toMatchObject({ version: 'v1.0', isDrift: false, changedAt: 7 });
    expect(rows[2]?.cells[1]).toBeUndefined();
    expect(rows[3]?.cells[1]?.isDrift).toBe(true);
  });

  test('a promotion moves what differs and what is new, between environments of different names', () => {
    const develop = { ...dev, branch: 'develop' };
    const [only, ...others] = promotions([develop, dev, production]);
    expect(others).toEqual([]);
    expect(only?.from.branch).toBe('main');
    expect(only?.moves).toEqual([
      { service: 'auth', from: 'v2', to: 'v1' },
      { service: 'new', from: 'v2' },
    ]);
  });

  test('the main version is the one of most services', () => {
    expect(mainVersion(dev.lock)).toBe('v2');
    expect(mainVersion(new Map())).toBeUndefined();
  });
});

describe('a lock is read by lines', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
  const made = fc.record({
    bases: fc.dictionary(fc.stringMatching(/^[a-z]+:[a-z0-9.]+$/), fc.constant(`sha256:${'b'.repeat(64)}`), {
      minKeys: 1,
    }),
    built: fc.constant('2026-11-29'),
  });

  test('as the parser of locks reads it', () => {
    const locks = fc.dictionary(name, made).map((services) => {
      const entries = Object.entries(services).map(
        ([key, facts]) => [key, { ...entry('v1.4.0', 'a'), ...facts }] as const,
      );
      return new Map(entries);
    });
    fc.assert(
      fc.property(locks, (lock) => {
        const text = printVersionLock(lock);
        expect(readLock(text, 'lock')).toEqual(parseVersionLock(text, 'lock'));
        const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        expect(lines.every((line) => readLockLine(line) !== undefined)).toBe(true);
      }),
      { numRuns: runs(100) },
    );
  });

  test('a line that a person wrote takes the slower way, and a wrong one is refused', () => {
    const [line = ''] = printVersionLock(new Map([['auth', entry('v1.4.0', 'a')]]))
      .split('\n')
      .slice(-2);
    const spaced = line.replace('{ ', '{').replace(' }', '}');
    expect(readLockLine(spaced)).toBeUndefined();
    expect(readLock(`${spaced}\n`, 'lock').get('auth')?.version).toBe('v1.4.0');
    expect(() => readLock('auth: 17\n', 'lock')).toThrow(/the version lock lock cannot be used/);
  });

  test('no line makes the reader fail', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, value) => {
        readLockLine(`${key}: { ${value} }`);
        readLockLine(value);
      }),
      { numRuns: runs(300) },
    );
  });
});
