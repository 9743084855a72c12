import fc from 'fast-check';
import type { Reason } from '../../../core/contract';
import { contentTag } from '../../../core/keys';
import { type Availability, decideService, type ServiceFacts, type Wish } from '../../../core/plan/decide-service';

const NOW = 'a'.repeat(40);
const BEFORE = 'b'.repeat(40);
const COMMIT = 'c'.repeat(40);
const NOTHING: Availability = { locked: false, released: false, candidate: false };
const PUSH: Wish = { strategy: 'smart', always: false, asked: false };
const RELEASE: Wish = { strategy: 'smart', always: true, asked: false };

function facts(part: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    name: 'auth',
    path: 'auth',
    retagOnly: false,
    inputDigest: NOW,
    locked: undefined,
    available: NOTHING,
    bases: { bases: {}, contentKey: part.inputDigest ?? NOW, reasons: [] },
    differences: undefined,
    doubts: [],
    ...part,
  };
}

function lockedAt(inputDigest: string) {
  return { version: 'v1.3.0', digest: 'sha256:old', inputDigest, source: COMMIT };
}

const OWN: Reason = { kind: 'input-changed', path: 'auth/server.py', text: 'auth/server.py was changed' };
const SHARED: Reason = { kind: 'input-changed', path: 'tools/x/y.py', text: 'tools/x/y.py was changed' };

describe('a service whose inputs equal the recorded ones', () => {
  test('is kept on a push, without a look into the registry', () => {
    const decision = decideService(facts({ locked: lockedAt(NOW) }), PUSH);

    expect(decision.action).toBe('keep');
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['unchanged']);
  });

  test('is retagged from its recorded digest on a release', () => {
    const decision = decideService(facts({ locked: lockedAt(NOW), available: { ...NOTHING, locked: true } }), RELEASE);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: 'sha256:old' } });
  });

  test('is built anew on a release if the recorded image is gone and nothing else has the content', () => {
    const decision = decideService(facts({ locked: lockedAt(NOW) }), RELEASE);

    expect(decision.action).toBe('build');
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['unavailable']);
  });
});

describe('a service whose inputs changed', () => {
  const locked = lockedAt(BEFORE);

  test('is built, and the reasons name the files', () => {
    const decision = decideService(facts({ locked, differences: [OWN] }), PUSH);

    expect(decision).toMatchObject({ action: 'build', reasons: [OWN] });
  });

  test('is retagged if a candidate with this content exists', () => {
    const decision = decideService(facts({ locked, available: { ...NOTHING, candidate: true } }), PUSH);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'candidate', tag: `auth.${NOW}` } });
  });

  test('is retagged if this very content was released before, as after a revert', () => {
    const available = { locked: true, released: true, candidate: true };
    const decision = decideService(facts({ locked, available }), PUSH);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: contentTag(NOW) } });
  });

  test('says so if the recorded inputs are not known file by file', () => {
    const decision = decideService(facts({ locked }), PUSH);

    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['inputs-differ']);
  });
});

describe('strategy minimal', () => {
  const minimal: Wish = { ...RELEASE, strategy: 'minimal' };
  const available = { ...NOTHING, locked: true };

  test('releases an image stale when only shared inputs changed, and says what it is made of', () => {
    const decision = decideService(facts({ locked: lockedAt(BEFORE), available, differences: [SHARED] }), minimal);

    expect(decision).toMatchObject({
      action: 'retag',
      origin: { kind: 'released', reference: 'sha256:old' },
      made: { inputDigest: BEFORE, source: COMMIT },
    });
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['stale', 'input-changed']);
  });

  test.each([
    ['the own folder changed', { differences: [SHARED, OWN] }],
    ['the recipe changed', { differences: [{ kind: 'recipe-changed', text: 'x' } as const] }],
    ['it is not known what changed', { differences: undefined }],
    [
      'a sibling folder with a longer name is no part of it',
      { path: 'aut', differences: [OWN, { ...OWN, path: 'aut/x' }] },
    ],
  ])('builds when %s', (_, part) => {
    expect(decideService(facts({ locked: lockedAt(BEFORE), available, ...part }), minimal).action).toBe('build');
  });

  test('builds a service that was never released', () => {
    expect(decideService(facts({ available }), minimal).action).toBe('build');
  });
});

describe('a forced rebuild', () => {
  const forced: Wish = { ...RELEASE, strategy: 'conservative', forcedFor: 'v1.4.0' };

  test('builds although the content was released, under a key of its own', () => {
    const available = { locked: true, released: true, candidate: false };
    const decision = decideService(facts({ locked: lockedAt(NOW), available }), forced);

    expect(decision.action).toBe('build');
    expect(decision.origin).not.toEqual({ kind: 'candidate', tag: `auth.${NOW}` });
  });

  test('is found again by the same release, and not by the next one', () => {
    const again = decideService(facts({ available: { ...NOTHING, candidate: true } }), forced);
    const next = decideService(facts(), { ...forced, forcedFor: 'v1.5.0' });

    expect(again.action).toBe('retag');
    expect(again.origin).not.toEqual(next.origin);
  });
});

test('smart builds exactly when the content is not available', () => {
  const availability = fc.record({ locked: fc.boolean(), released: fc.boolean(), candidate: fc.boolean() });
  fc.assert(
    fc.property(availability, fc.constantFrom(undefined, NOW, BEFORE), fc.boolean(), (available, recorded, always) => {
      const locked = recorded === undefined ? undefined : lockedAt(recorded);
      const decision = decideService(facts({ available, locked }), { ...PUSH, always });
      const recordedHolds = recorded === NOW && (available.locked || !always);
      const exists = recordedHolds || available.released || available.candidate;
      expect(decision.action === 'build').toBe(!exists);
      expect(decision.reasons.length).toBeGreaterThan(0);
    }),
  );
});
