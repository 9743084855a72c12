import * as fc from 'fast-check';
import type { BasePolicy } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { type BaseFacts, basesToLookUp, judgeBases } from '../../../core/planning/base-images';
import type { LockEntry } from '../../../core/version/version-lock';
import { serviceInputs } from '../../support/pipeline/runs';

const D1 = `sha256:${'1'.repeat(64)}`;
const D2 = `sha256:${'2'.repeat(64)}`;
const PYTHON = 'python:3.12';
const NOW = Date.parse('2026-11-23T12:00:00Z');
/** `child` is built from the image of `base`, `lone` from no image of the catalog. */
const CATALOG = parseCatalog('platform: v1.4.0\nservices: { base: , child: , lone: }\n');

function inputsOf(name: string, bases: readonly string[], images: readonly string[] = []): [string, ServiceInputs] {
  return [name, serviceInputs(name, { inputDigest: digestOf(name), images, bases })];
}

function digestOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(40, '0');
}

function locked(name: string, part: Partial<LockEntry> = {}): [string, LockEntry] {
  const record = { version: 'v1.3.0', digest: `sha256:${name}`, inputDigest: digestOf(name), source: 'c'.repeat(40) };
  return [name, { ...record, built: '2026-11-20', ...part }];
}

interface World {
  readonly policies?: Readonly<Record<string, BasePolicy>>;
  readonly bases?: Readonly<Record<string, readonly string[]>>;
  readonly lock?: readonly [string, LockEntry][];
  readonly digests?: Readonly<Record<string, string>>;
  readonly concerned?: readonly string[];
  readonly forced?: readonly string[];
}

function facts({ policies = {}, bases = {}, lock = [], digests = {}, concerned, forced = [] }: World): BaseFacts {
  const services = CATALOG.services.map((service) => {
    const policy = policies[service.name];
    return policy === undefined ? service : { ...service, bases: policy };
  });
  return {
    services: services.filter(({ name }) => concerned?.includes(name) ?? true),
    forced: new Set(forced),
    inputs: new Map([
      inputsOf('base', bases.base ?? []),
      inputsOf('child', bases.child ?? [], ['base']),
      inputsOf('lone', bases.lone ?? []),
    ]),
    lock: new Map(lock),
    lookup: { digests: new Map(Object.entries(digests)), problems: new Map() },
    now: NOW,
  };
}

function verdictOn(service: string, world: World) {
  const verdict = judgeBases(facts(world)).get(service);
  if (verdict === undefined) throw new Error(`no verdict on ${service}`);
  return { ...verdict, kinds: verdict.reasons.map(({ kind }) => kind) };
}

const lone = { bases: { lone: [PYTHON] } };

describe('a base image that moved', () => {
  const moved = { ...lone, lock: [locked('lone', { bases: { [PYTHON]: D1 } })], digests: { [PYTHON]: D2 } };

  test('does not affect a recorded service, whose key is its inputs alone', () => {
    expect(verdictOn('lone', moved)).toMatchObject({
      reasons: [],
      contentKey: digestOf('lone'),
      bases: { [PYTHON]: D2 },
    });
  });

  test('is a reason for a following service, with base image, old and new digest', () => {
    const { reasons, contentKey } = verdictOn('lone', { ...moved, policies: { lone: 'follow' } });

    const text = 'base image python:3.12 moved from sha256:111111111111 to sha256:222222222222';
    expect(reasons).toEqual([{ kind: 'base-moved', text }]);
    expect(contentKey).not.toBe(digestOf('lone'));
  });

  test('is not a separate reason if the inputs changed, too', () => {
    const lock = [locked('lone', { inputDigest: 'e'.repeat(40), bases: { [PYTHON]: D1 } })];
    expect(verdictOn('lone', { ...moved, lock, policies: { lone: 'follow' } }).kinds).toEqual([]);
  });
});

describe('a service that follows its base images', () => {
  const policies = { lone: 'follow' } as const;

  test.each([
    ['the digest is the recorded one', { bases: { [PYTHON]: D1 } }, { [PYTHON]: D1 }, []],
    ['nothing is recorded, so that it is not known', {}, { [PYTHON]: D1 }, ['base-moved']],
    ['the digest cannot be looked up', { bases: { [PYTHON]: D1 } }, {}, []],
    ['it was never released', undefined, { [PYTHON]: D1 }, []],
  ])('when %s', (_, record, digests, kinds) => {
    const lock = record === undefined ? [] : [locked('lone', record)];
    expect(verdictOn('lone', { ...lone, policies, lock, digests }).kinds).toEqual(kinds);
  });

  test('accepts names such as constructor', () => {
    const world = { policies, bases: { lone: ['constructor'] }, digests: { constructor: D1 }, lock: [locked('lone')] };
    expect(verdictOn('lone', world).kinds).toEqual(['base-moved']);
  });

  test('has them in the order of their names, and says of an unknown one that it is not recorded', () => {
    const world = {
      policies,
      bases: { lone: ['b', 'c', 'a'] },
      digests: { c: D1, a: D1, b: D1 },
      lock: [locked('lone')],
    };
    const { bases, reasons } = verdictOn('lone', world);
    const text = (name: string) =>
      `base image ${name} is sha256:111111111111; the digest at the image's build is not recorded`;

    expect(Object.keys(bases)).toEqual(['a', 'b', 'c']);
    expect(reasons.map((reason) => reason.text)).toEqual(['a', 'b', 'c'].map(text));
  });

  test('uses the name alone of a pinned base image', () => {
    const pinned = `python@${D1}`;
    expect([...basesToLookUp(['lone'], facts({ bases: { lone: [pinned, PYTHON] } }).inputs)]).toEqual([PYTHON]);
  });
});

describe('a service with a greatest age', () => {
  const policies = { lone: { maxAgeDays: 30 } };

  test.each([
    ['2026-10-25', []],
    ['2026-10-24', ['aged']],
    ['2020-01-01', ['aged']],
    [undefined, ['aged']],
  ])('that was built on %s', (built, kinds) => {
    const { built: _, ...record } = locked('lone')[1];
    const entry = built === undefined ? record : { ...record, built };
    const verdict = verdictOn('lone', { policies, lock: [['lone', entry]] });

    expect(verdict.kinds).toEqual(kinds);
    if (built === undefined) {
      const text = 'the day of its build is not recorded; the catalog asks for a rebuild after 30 days';
      expect(verdict.reasons).toEqual([{ kind: 'aged', text }]);
      expect(verdict.rebuild).toBe('aged\0sha256:lone\0');
    }
    expect(verdict.rebuild !== undefined).toBe(kinds.length > 0);
  });

  test('is due since the day on which it got too old', () => {
    const { reasons, dueSince } = verdictOn('lone', { policies, lock: [locked('lone', { built: '2026-10-01' })] });

    expect(dueSince).toBe('2026-10-31');
    expect(reasons[0]?.text).toBe('built on 2026-10-01, 53 days ago; the catalog asks for a rebuild after 30 days');
  });

  test('gets a separate rebuild for another image, and for another day', () => {
    const saltOf = (part: Partial<LockEntry>) =>
      verdictOn('lone', { policies, lock: [locked('lone', { built: '2026-01-01', ...part })] }).rebuild;
    const rebuilds = [saltOf({}), saltOf({ digest: D1 }), saltOf({ built: '2026-01-02' })];
    expect(new Set(rebuilds).size).toBe(3);
    expect(saltOf({ version: 'v1.3.1' })).toBe(rebuilds[0]);
  });
});

describe('a service that is built from another service', () => {
  const bases = { base: [PYTHON], child: [] };
  const both = { base: 'follow', child: 'follow' } as const;
  const recordedAt = (digest: string) => [
    locked('base', { bases: { [PYTHON]: digest } }),
    locked('child', { bases: { [PYTHON]: digest } }),
  ];

  test('follows the base images of the other one', () => {
    const world = { bases, policies: both, lock: recordedAt(D1), digests: { [PYTHON]: D2 } };
    expect(verdictOn('child', world)).toMatchObject({ kinds: ['base-moved'], bases: { [PYTHON]: D2 } });
  });

  test('keeps the base images that the other one keeps', () => {
    const world = { bases, policies: { child: 'follow' } as const, lock: recordedAt(D1), digests: { [PYTHON]: D2 } };
    expect(verdictOn('child', world)).toMatchObject({ kinds: [], bases: { [PYTHON]: D1 } });
  });

  test('keeps them also in a run without the other one', () => {
    const world = { bases, policies: both, lock: recordedAt(D1), digests: { [PYTHON]: D2 }, concerned: ['child'] };
    expect(verdictOn('child', world).kinds).toEqual([]);
  });

  test('gets what is looked up, if the inputs of the other one are no longer the recorded ones', () => {
    const lock = [locked('base', { inputDigest: 'e'.repeat(40) }), locked('child', { bases: { [PYTHON]: D1 } })];
    const world = { bases, policies: { child: 'follow' } as const, lock, digests: { [PYTHON]: D2 } };
    expect(verdictOn('child', world)).toMatchObject({ kinds: ['base-moved'], bases: { [PYTHON]: D2 } });
    const unknown = { ...world, lock: [locked('child')], concerned: ['child'] };
    expect(verdictOn('child', unknown)).toMatchObject({ kinds: [], bases: {} });
  });

  test('gets the base images of a forced build of the other one', () => {
    const world = { bases, lock: recordedAt(D1), digests: { [PYTHON]: D2 }, forced: ['base'] };
    expect(verdictOn('child', world).bases).toEqual({ [PYTHON]: D2 });
  });

  test('is rebuilt with the other one if it follows and that one is too old', () => {
    const policies = { base: { maxAgeDays: 1 }, child: 'follow' } as const;
    const { reasons, rebuild } = verdictOn('child', { policies, lock: recordedAt(D1), digests: { [PYTHON]: D1 } });

    expect(reasons).toEqual([{ kind: 'base-moved', text: 'its base, the image of base, is rebuilt' }]);
    expect(rebuild).toBe('base\0aged\0sha256:base\x002026-11-20');
  });

  test('uses its own base image instead of an inherited one of the same name', () => {
    const world = { bases: { base: [PYTHON], child: [PYTHON] }, lock: recordedAt(D1), digests: { [PYTHON]: D2 } };
    expect(verdictOn('child', world).bases).toEqual({ [PYTHON]: D2 });
  });

  test('looks up the base images of both', () => {
    const { inputs } = facts({ bases: { base: [PYTHON], child: ['nginx'], lone: ['redis'] } });
    expect([...basesToLookUp(['child'], inputs)].sort()).toEqual(['nginx', PYTHON]);
  });
});

const digest = fc.constantFrom(D1, D2);
const someBases = fc.dictionary(fc.constantFrom(PYTHON, 'nginx', 'constructor'), digest);
const policy = fc.constantFrom<BasePolicy>('recorded', 'follow', { maxAgeDays: 30 });

test('with unchanged inputs, follow has a reason exactly if a known digest differs from the recorded one', () => {
  fc.assert(
    fc.property(someBases, someBases, (recorded, digests) => {
      const world = {
        policies: { lone: 'follow' } as const,
        bases: { lone: [PYTHON, 'nginx', 'constructor'] },
        lock: [locked('lone', { bases: recorded })],
        digests,
      };
      const differs = Object.entries(digests).some(
        ([name, value]) => new Map(Object.entries(recorded)).get(name) !== value,
      );
      expect(verdictOn('lone', world).kinds.length > 0).toBe(differs);
    }),
  );
});

test('after the lookup is recorded, nothing is rebuilt on the same day', () => {
  fc.assert(
    fc.property(policy, policy, someBases, someBases, (ofBase, ofChild, digests, before) => {
      const world = {
        policies: { base: ofBase, child: ofChild },
        bases: { base: [PYTHON], child: ['nginx'] },
        lock: [locked('base', { bases: before }), locked('child', { bases: before })],
        digests,
      };
      const first = judgeBases(facts(world));
      const lock = ['base', 'child'].map((name) => {
        const verdict = first.get(name);
        const [, record] = locked(name, { bases: before });
        const isBuilt = (verdict?.reasons.length ?? 0) > 0;
        const released = isBuilt ? { ...record, bases: verdict?.bases ?? {}, built: '2026-11-23' } : record;
        return [name, released] as [string, LockEntry];
      });
      for (const { reasons } of judgeBases(facts({ ...world, lock })).values()) expect(reasons).toEqual([]);
    }),
  );
});

test('a recorded service keeps its key and has no reason for any lookup', () => {
  fc.assert(
    fc.property(someBases, someBases, (before, digests) => {
      const world = { bases: { lone: [PYTHON, 'nginx'] }, lock: [locked('lone', { bases: before })], digests };
      expect(verdictOn('lone', world)).toMatchObject({ kinds: [], contentKey: digestOf('lone') });
    }),
  );
});
