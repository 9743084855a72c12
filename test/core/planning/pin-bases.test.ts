import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import type { BaseVerdict } from '../../../core/planning/base-images';
import { type PinFacts, pinBases } from '../../../core/planning/base-images';
import type { VersionLock } from '../../../core/version/version-lock';
import { plannedService, planOf, serviceInputs } from '../../support/pipeline/runs';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const RELEASED = `sha256:${'2'.repeat(64)}`;
const CATALOG = parseCatalog('platform: v1.4.0\nservices: { base: , child: , app: { bases: follow } }\n');

function planned(name: string, part: Partial<PlannedService> = {}): PlannedService {
  return plannedService(name, 'build', { inputDigest: name.padEnd(40, '0'), ...part });
}

const plan = (...services: PlannedService[]) => planOf(services);

function inputsOf(name: string, bases: readonly string[], images: readonly string[] = []): [string, ServiceInputs] {
  return [name, serviceInputs(name, { inputDigest: name.padEnd(40, '0'), images, bases })];
}

function facts(part: { verdict?: Partial<BaseVerdict>; lock?: VersionLock; problem?: string } = {}): PinFacts {
  const verdict: BaseVerdict = { bases: { 'python:3.12': DIGEST }, contentKey: 'k', reasons: [], ...part.verdict };
  const problems = new Map(part.problem === undefined ? [] : [['python:3.12', part.problem]]);
  return {
    services: CATALOG.services,
    inputs: new Map([
      inputsOf('base', ['python:3.12']),
      inputsOf('child', [], ['base']),
      inputsOf('app', ['python:3.12']),
    ]),
    lock: part.lock ?? new Map(),
    lookup: { digests: new Map(), problems },
    verdicts: new Map(['base', 'child', 'app'].map((name) => [name, verdict])),
  };
}

const onlyOf = ({ services: [only] }: Plan) => only;

describe('pinBases', () => {
  test('gives a build its base images', () => {
    expect(onlyOf(pinBases(plan(planned('base')), facts()))?.bases).toEqual({ 'python:3.12': DIGEST });
  });

  test('keeps the facts of the version lock for a released image', () => {
    const retag = planned('app', {
      action: 'retag',
      origin: { kind: 'released', reference: RELEASED },
      bases: { 'python:3.12': RELEASED },
      built: '2026-01-01',
    });
    expect(onlyOf(pinBases(plan(retag), facts({ verdict: { dueSince: '2026-02-01' } })))).toEqual(retag);
  });

  test('sets the base images of an image that was found by them, and of no other', () => {
    const found = (name: string) => planned(name, { action: 'retag' });
    expect(onlyOf(pinBases(plan(found('app')), facts()))?.bases).toEqual({ 'python:3.12': DIGEST });
    expect(onlyOf(pinBases(plan(found('base')), facts()))).not.toHaveProperty('bases');
    const earlier = found('app');
    const named = { ...earlier, origin: { kind: 'released', reference: 'in-123' } } as const;
    expect(onlyOf(pinBases(plan(named), facts()))?.bases).toEqual({ 'python:3.12': DIGEST });
    expect(onlyOf(pinBases(plan(earlier), facts({ verdict: { bases: {} } })))).not.toHaveProperty('bases');
    expect(onlyOf(pinBases(plan(earlier), facts()))).not.toHaveProperty('built');
  });

  test('sets the day on which a rebuild was due', () => {
    const found = planned('base', { action: 'retag' });
    expect(onlyOf(pinBases(plan(found), facts({ verdict: { dueSince: '2026-02-01' } })))?.built).toBe('2026-02-01');
  });

  test.each([
    ['base', 'build', 1],
    ['base', 'keep', 0],
    ['app', 'keep', 1],
  ] as const)('notes for %s, action %s, a base image that could not be looked up', (name, action, count) => {
    const result = onlyOf(pinBases(plan(planned(name, { action })), facts({ problem: 'no such host' })));
    const text = 'the digest of base image python:3.12 is not known: no such host';
    expect(result?.reasons.slice(1)).toEqual(Array.from({ length: count }, () => ({ kind: 'doubt', text })));
  });
});

describe('the origin of the catalog image that a build starts from', () => {
  const imagesOf = (result: Plan) => result.services.find(({ name }) => name === 'child')?.images;

  test('is the one of the plan, with any key', () => {
    const base = planned('base', { origin: { kind: 'candidate', tag: 'base.salted' } });
    expect(imagesOf(pinBases(plan(base, planned('child')), facts()))).toEqual({
      base: { kind: 'candidate', tag: 'base.salted' },
    });
  });

  test('is the recorded image if the run does not include it', () => {
    const record = { version: 'v1.3.0', digest: RELEASED, inputDigest: 'base'.padEnd(40, '0'), source: 'c'.repeat(40) };
    const lock = new Map([['base', record]]);
    expect(imagesOf(pinBases(plan(planned('child')), facts({ lock })))).toEqual({
      base: { kind: 'released', reference: RELEASED },
    });
  });

  test.each([
    ['nothing is recorded of it', [], new Map()],
    [
      'what is recorded is of other inputs',
      [],
      new Map([['base', { version: 'v1.3.0', digest: RELEASED, inputDigest: 'f'.repeat(40), source: 'c'.repeat(40) }]]),
    ],
    ['it is released stale', [planned('base', { made: { inputDigest: 'f'.repeat(40), source: 'c' } })], new Map()],
  ])('is left to the content if %s', (_, others, lock) => {
    expect(imagesOf(pinBases(plan(...others, planned('child')), facts({ lock })))).toBeUndefined();
  });
});
