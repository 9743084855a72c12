import fc from 'fast-check';
import { contentTag } from '../../../core/contract/keys';
import type { Reason } from '../../../core/contract/plan';
import {
  type Availability,
  decideService,
  type ReleaseIntent,
  type ServiceFacts,
} from '../../../core/planning/decide-service';

const NOW = 'a'.repeat(40);
const BEFORE = 'b'.repeat(40);
const COMMIT = 'c'.repeat(40);
const NOTHING: Availability = { locked: false, released: false, candidate: false };
const PUSH: ReleaseIntent = { strategy: 'smart', always: false, asked: false };
const RELEASE: ReleaseIntent = { strategy: 'smart', always: true, asked: false };

function facts(part: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    name: 'auth',
    path: 'auth',
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
  test('is kept on a push, without a lookup in the registry', () => {
    const decision = decideService(facts({ locked: lockedAt(NOW) }), PUSH);

    expect(decision.action).toBe('keep');
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['unchanged']);
  });

  test('is retagged from its recorded digest on a release', () => {
    const decision = decideService(facts({ locked: lockedAt(NOW), available: { ...NOTHING, locked: true } }), RELEASE);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: 'sha256:old' } });
  });

  test('is rebuilt on a release if the recorded image is gone and nothing else has the content', () => {
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

  test('is built again if its candidate may expire before the release', () => {
    const available = { ...NOTHING, candidate: true, isExpiring: true };
    const decision = decideService(facts({ locked, available }), PUSH);

    expect(decision).toMatchObject({ action: 'build', origin: { kind: 'candidate', tag: `auth.${NOW}` } });
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['inputs-differ', 'unavailable']);
  });

  test('is retagged if this content was released before, as after a revert', () => {
    const available = { locked: true, released: true, candidate: true };
    const decision = decideService(facts({ locked, available }), PUSH);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: contentTag(NOW) } });
  });

  test('has a general reason if the files of the recorded inputs are unknown', () => {
    const decision = decideService(facts({ locked }), PUSH);

    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['inputs-differ']);
  });
});

describe('strategy minimal', () => {
  const minimal: ReleaseIntent = { ...RELEASE, strategy: 'minimal' };
  const available = { ...NOTHING, locked: true };

  test('releases an image stale if only shared inputs changed, and names its content', () => {
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

describe('a service of unchanged inputs that is due for a rebuild', () => {
  const moved: Reason = { kind: 'base-moved', text: 'base image python:3.12 moved' };
  const KEY = 'd'.repeat(40);
  const due = (part: Partial<ServiceFacts['bases']> = {}, available = NOTHING) =>
    facts({
      locked: lockedAt(NOW),
      available: { ...available, locked: true },
      bases: { bases: {}, contentKey: KEY, reasons: [moved], ...part },
    });

  test.each([
    ['push', PUSH],
    ['release', RELEASE],
  ])('is built on a %s, with that reason, under its own key', (_, intent) => {
    expect(decideService(due(), intent)).toMatchObject({
      action: 'build',
      origin: { kind: 'candidate', tag: `auth.${KEY}` },
      reasons: [moved],
    });
  });

  test('is retagged with a reason if it was rebuilt before', () => {
    const decision = decideService(due({}, { ...NOTHING, candidate: true }), RELEASE);

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'candidate', tag: `auth.${KEY}` } });
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['candidate-exists', 'base-moved']);
  });

  test('is built if only the image to replace was released with its content', () => {
    const decision = decideService(due({ rebuild: 'aged' }, { ...NOTHING, released: true }), RELEASE);

    expect(decision).toMatchObject({ action: 'build', origin: { kind: 'candidate' } });
  });

  test('is retagged if the same inputs were released on these base images', () => {
    const decision = decideService(due({}, { ...NOTHING, released: true }), PUSH);
    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: contentTag(KEY) } });
  });

  test('has a separate candidate even if its key is the same', () => {
    const decision = decideService(due({ contentKey: NOW, rebuild: 'aged' }), PUSH);
    expect(decision.origin).not.toEqual({ kind: 'candidate', tag: `auth.${NOW}` });
  });

  test('is released stale by strategy minimal', () => {
    const decision = decideService(due(), { ...RELEASE, strategy: 'minimal' });

    expect(decision).toMatchObject({ action: 'retag', origin: { kind: 'released', reference: 'sha256:old' } });
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['stale', 'base-moved']);
  });

  test('has that reason also on a build by name', () => {
    const decision = decideService(due(), { ...RELEASE, asked: true });
    expect(decision.reasons.map(({ kind }) => kind)).toEqual(['asked', 'base-moved']);
  });
});

describe('a forced rebuild', () => {
  const forced: ReleaseIntent = { ...RELEASE, strategy: 'conservative', forcedFor: 'v1.4.0' };

  test('builds although the content was released, under a separate key', () => {
    const available = { locked: true, released: true, candidate: false };
    const decision = decideService(facts({ locked: lockedAt(NOW), available }), forced);

    expect(decision.action).toBe('build');
    expect(decision.origin).not.toEqual({ kind: 'candidate', tag: `auth.${NOW}` });
  });

  test('is found again by the same release, and not by the next one', () => {
    const again = decideService(facts({ available: { ...NOTHING, candidate: true } }), forced);
    const next = decideService(facts(), { ...forced, forcedFor: 'v1.5.0' });

    expect(again.action).toBe('retag');
    const late = decideService(facts({ available: { ...NOTHING, candidate: true, isExpiring: true } }), forced);
    expect(late.reasons.map(({ kind }) => kind)).toEqual(['forced', 'unavailable']);
    expect(again.origin).not.toEqual(next.origin);
  });
});

test('smart builds exactly when the content is not available', () => {
  const availability = fc.record({ locked: fc.boolean(), released: fc.boolean(), candidate: fc.boolean() });
  fc.assert(
    fc.property(
      availability,
      fc.constantFrom(undefined, NOW, BEFORE),
      fc.boolean(),
      fc.boolean(),
      (available, recorded, always, isMoved) => {
        const locked = recorded === undefined ? undefined : lockedAt(recorded);
        const isAnew = isMoved && recorded === NOW;
        const reasons: Reason[] = isAnew ? [{ kind: 'base-moved', text: 'moved' }] : [];
        const bases = { bases: {}, contentKey: NOW, reasons };
        const decision = decideService(facts({ available, locked, bases }), { ...PUSH, always });
        const recordedHolds = recorded === NOW && !isAnew && (available.locked || !always);
        const exists = recordedHolds || available.released || available.candidate;
        expect(decision.action === 'build').toBe(!exists);
        expect(decision.reasons.length).toBeGreaterThan(0);
      },
    ),
  );
});

describe('the reasons of a decision', () => {
  const locked = lockedAt(BEFORE);
  const doubt: Reason = { kind: 'doubt', text: 'in doubt' };
  const differs = {
    kind: 'inputs-differ',
    text: 'inputs differ from those of v1.3.0 (cccccccc), whose list of inputs is not stored',
  };
  const asked = { kind: 'asked', text: 'auth was named in the execution input' };
  const before = { kind: 'released-before', text: 'this content was released before' };
  const built = { kind: 'candidate-exists', text: 'this content was built before, but not released' };
  const expiring = {
    kind: 'unavailable',
    text: 'this content was built before, but its candidate may expire before the release',
  };
  const gone = { kind: 'unavailable', text: 'the recorded image sha256:old is no longer in the registry' };
  const forced = { kind: 'forced', text: 'strategy conservative rebuilds every service that is not retag-only' };
  const ask = { ...PUSH, asked: true };
  const force = { ...RELEASE, forcedFor: 'v1.4.0' };

  test.each<[string, Partial<ServiceFacts>, ReleaseIntent, object[]]>([
    ['no differences are known', { locked }, PUSH, [differs]],
    ['there are no differences', { locked, differences: [] }, PUSH, [differs]],
    ['a difference is known', { locked, differences: [OWN], doubts: [doubt] }, ask, [asked, OWN, doubt]],
    ['it was released', { locked, available: { ...NOTHING, released: true } }, ask, [before, asked, differs]],
    ['it was built', { locked, available: { ...NOTHING, candidate: true } }, ask, [built, asked, differs]],
    ['its candidate expires', { locked, available: { candidate: true, isExpiring: true } }, PUSH, [differs, expiring]],
    ['its image is gone', { locked: lockedAt(NOW) }, RELEASE, [gone]],
    ['it is forced', { locked }, force, [forced]],
    ['it is forced, with differences', { locked, differences: [OWN] }, force, [forced, OWN]],
    [
      'it is forced, and its candidate expires',
      { locked, available: { candidate: true, isExpiring: true } },
      force,
      [forced, expiring],
    ],
    [
      'it was forced before',
      { locked, available: { candidate: true } },
      force,
      [{ kind: 'candidate-exists', text: 'already rebuilt for v1.4.0 by an earlier run' }],
    ],
  ])('are complete if %s', (_, part, intent, reasons) => {
    expect(decideService(facts(part), intent).reasons).toEqual(reasons);
  });

  test.each<[string, Reason[] | undefined, boolean]>([
    ['a file elsewhere', [SHARED], true],
    ['a file of its own', [SHARED, OWN], false],
    ['its recipe', [SHARED, { kind: 'recipe-changed', path: 'tools/x', text: '' }], false],
    ['an input that is no file', [{ kind: 'input-changed', text: '' }], false],
    ['nothing known', [], false],
    ['what is not known', undefined, false],
  ])('of a minimal release: if %s changed, released stale is %p', (_, differences, isStale) => {
    const available = { ...NOTHING, locked: true };
    const { action, reasons, made } = decideService(facts({ locked, available, differences }), {
      ...RELEASE,
      strategy: 'minimal',
    });

    expect(action).toBe(isStale ? 'retag' : 'build');
    const stale = { kind: 'stale', text: 'released as it is, although shared inputs changed since cccccccc' };
    if (isStale) expect(reasons).toEqual([stale, SHARED]);
    expect(made).toEqual(isStale ? { inputDigest: BEFORE, source: COMMIT } : undefined);
  });
});
