/** Every field of a plan: wrong ones would tag, commit or report something else than was decided. */
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import type { ExecutionInput, RecordedInput } from '../../../../core/contract/run-input';
import { buildPlan, makePlan, promotionPlan, type SourceFacts } from '../../../../core/planning/build-plan';
import type { LockEntry } from '../../../../core/version/version-lock';
import { serviceInputs } from '../../../support/pipeline/runs';

const COMMIT = 'c'.repeat(40);
const OLD = 'b'.repeat(40);
const NOW = 'd'.repeat(40);
const BUILT = { built: '2026-11-01', bases: { 'nginx:1': `sha256:${'1'.repeat(64)}` } };

const CATALOG = parseCatalog(`
platform: v1.4.0
services:
  auth: { image: team-auth, minutes: 12, values: [auth.tag, api.tag], platforms: [linux/arm64] }
  chatbot: { versioning: independent, version: v2.0.0 }
`);

const record = (name: string, version: string, inputDigest = OLD): LockEntry => ({
  version,
  digest: `sha256:${name}`,
  inputDigest,
  source: OLD,
  ...BUILT,
});

const target = <Input extends ExecutionInput>(input: Input) =>
  ({ run: 'run-1', input, branch: 'main', environment: 'staging', commit: COMMIT, strategy: 'minimal' }) as const;

describe('a plan', () => {
  const said = { schema: 1, run: 'run-1', ref: 'main', environment: 'staging', commit: COMMIT, strategy: 'minimal' };
  const services = ['auth'];

  test.each<[ExecutionInput, object]>([
    [{ action: 'push', ref: 'refs/heads/main', commit: COMMIT }, {}],
    [{ action: 'build', services, version: 'v1.4.0', ref: 'main' }, {}],
    [{ action: 'release', version: 'v1.4.0', ref: 'main' }, { platformVersion: 'v1.4.0' }],
    [{ action: 'promote', version: 'v1.4.0', environment: 'staging' }, { platformVersion: 'v1.4.0' }],
    [{ action: 'promote', services, version: 'v1.4.0', environment: 'staging' }, {}],
    [
      { action: 'rollback', version: 'v1.3.0' },
      { platformVersion: 'v1.3.0', rollbackTo: 'v1.3.0' },
    ],
    [{ action: 'rollback', version: 'v1.3.0', services }, { rollbackTo: 'v1.3.0' }],
  ])('of %j gives the platform a version only if it is about all services', (input, fields) => {
    const totals = { build: 0, retag: 0, keep: 0 };
    const plan = { ...said, action: input.action, ...fields, dryRun: false, services: [], totals };

    expect(makePlan(target(input), [])).toEqual(plan);
    expect(makePlan(target({ ...input, dryRun: true }), [], 'why')).toEqual({ ...plan, dryRun: true, note: 'why' });
    expect(makePlan(target({ ...input, startedBy: 'Ada' }), []).startedBy).toBe('Ada');
  });
});

describe('a service of a promotion or a rollback', () => {
  const plan = (input: RecordedInput) =>
    promotionPlan(
      { ...target(input), lock: new Map([['auth', record('auth', 'v1.2.9')]]) },
      CATALOG.services.map((service) => ({ service, record: record(service.name, 'v1.3.0') })),
    );
  const auth = {
    name: 'auth',
    image: 'team-auth',
    stage: 'services',
    action: 'retag',
    inputDigest: OLD,
    origin: { kind: 'released', reference: 'sha256:auth' },
    ...BUILT,
    made: { inputDigest: OLD, source: OLD },
    minutes: 12,
    values: ['auth.tag', 'api.tag'],
    previousVersion: 'v1.2.9',
  };

  test('keeps its image and what it is made of, and says where it comes from', () => {
    expect(plan({ action: 'promote', version: 'v1.4.0', environment: 'staging' }).services[0]).toEqual({
      ...auth,
      reasons: [{ kind: 'promoted', text: 'was v1.3.0, built from bbbbbbbb; the same image gets its next version' }],
      version: { kind: 'exact', version: 'v1.4.0' },
      followsPlatform: true,
    });
    expect(plan({ action: 'rollback', version: 'v1.2.0' }).services[0]).toEqual({
      ...auth,
      reasons: [{ kind: 'rolled-back', text: 'as in v1.2.0: v1.3.0, built from bbbbbbbb' }],
      version: { kind: 'exact', version: 'v1.3.0' },
      followsPlatform: true,
    });
  });

  test.each<[RecordedInput, object]>([
    [
      { action: 'promote', run: 'run-0', environment: 'staging' },
      { kind: 'promoted', text: 'as after run-0: v1.3.0, built from bbbbbbbb' },
    ],
    [
      { action: 'rollback', run: 'run-0' },
      { kind: 'rolled-back', text: 'as before run-0: v1.3.0, built from bbbbbbbb' },
    ],
  ])('of %j keeps its version, and follows the platform if that has the same', (input, reason) => {
    const recorded = CATALOG.services.map((service, index) => ({
      service,
      record: record(service.name, index === 0 ? 'v1.3.0' : 'v1.2.0'),
    }));
    const from = { ...target(input), lock: new Map() };
    const taken = promotionPlan(from, recorded, { platformVersion: 'v1.3.0' });

    expect(taken.platformVersion).toBe('v1.3.0');
    expect(taken.services[0]?.reasons).toEqual([reason]);
    expect(taken.services.map(({ version, followsPlatform }) => [version, followsPlatform])).toEqual([
      [{ kind: 'exact', version: 'v1.3.0' }, true],
      [{ kind: 'exact', version: 'v1.2.0' }, false],
    ]);
    expect(promotionPlan(from, recorded, {}).services.some(({ followsPlatform }) => followsPlatform)).toBe(false);
  });

  test.each<[RecordedInput, string, string, boolean]>([
    [{ action: 'promote', version: 'v1.4.0', environment: 'x' }, 'v1.4.0', 'v1.3.0', true],
    [{ action: 'promote', version: 'v1.4.0', environment: 'x', services: ['auth'] }, 'v1.4.0', 'v1.4.0', false],
    [{ action: 'rollback', version: 'v1.2.0' }, 'v1.3.0', 'v1.3.0', true],
    [{ action: 'rollback', version: 'v1.2.0', services: ['auth'] }, 'v1.3.0', 'v1.3.0', false],
  ])('of %j gets %s; an independent one gets %s', (input, platform, independent, follows) => {
    const [one, other] = plan(input).services;

    expect(one).toMatchObject({ version: { version: platform }, followsPlatform: follows });
    expect(other).toMatchObject({ version: { version: independent }, followsPlatform: false });
  });
});

describe('a service of a run from source', () => {
  const facts = (input: SourceFacts['input'], part: Partial<SourceFacts> = {}): SourceFacts => ({
    ...target(input),
    rule: { branch: 'main', allow: ['push'], version: '{version}-dev' },
    catalog: CATALOG,
    lock: new Map([
      ['auth', record('auth', 'v1.3.0', NOW)],
      ['chatbot', record('chatbot', 'v1.3.0', NOW)],
    ]),
    inputs: new Map(CATALOG.services.map(({ name }) => [name, serviceInputs(name, { inputDigest: NOW })])),
    available: new Map([['auth', { locked: true, released: false, candidate: false }]]),
    differences: new Map(),
    verdicts: new Map(),
    ...part,
  });
  const release = { action: 'release', version: 'v1.4.0', ref: 'main' } as const;

  test('that is retagged has the build facts of its image', () => {
    expect(buildPlan(facts(release)).services[0]).toEqual({
      name: 'auth',
      image: 'team-auth',
      stage: 'services',
      action: 'retag',
      origin: { kind: 'released', reference: 'sha256:auth' },
      reasons: [{ kind: 'unchanged', text: 'inputs equal those of v1.3.0 (bbbbbbbb)' }],
      inputDigest: NOW,
      ...BUILT,
      version: { kind: 'exact', version: 'v1.4.0' },
      minutes: 12,
      machine: { compute: 'medium', architecture: 'arm64' },
      values: ['auth.tag', 'api.tag'],
      followsPlatform: true,
      previousVersion: 'v1.3.0',
    });
  });

  test('that is built has none, and its key if base images are part of it', () => {
    const verdicts = new Map([['auth', { bases: {}, contentKey: OLD, reasons: [] }]]);
    const lock = new Map([['auth', record('auth', 'v1.3.0')]]);
    const [auth, chatbot] = buildPlan(facts(release, { lock, verdicts })).services;

    expect(auth).toMatchObject({ action: 'build', contentKey: OLD, origin: { kind: 'candidate', tag: `auth.${OLD}` } });
    expect(auth).not.toHaveProperty('built');
    expect(chatbot).not.toHaveProperty('contentKey');
    expect(chatbot).toMatchObject({ version: { kind: 'exact', version: 'v2.0.0' }, followsPlatform: false });
  });

  test('that is kept gets no version', () => {
    const [auth] = buildPlan(facts({ action: 'push', ref: 'refs/heads/main', commit: COMMIT })).services;
    expect(auth).toMatchObject({ action: 'keep', version: { kind: 'none' }, followsPlatform: false });
  });

  test('is built by a push whatever the strategy, and released stale by a minimal release', () => {
    const lock = new Map([['auth', record('auth', 'v1.3.0')]]);
    const outside = { kind: 'input-changed', path: 'tools/x.py', text: 'changed' } as const;
    const differences = new Map([['auth', [outside]]]);
    const actionOf = (input: SourceFacts['input']) =>
      buildPlan(facts(input, { lock, differences })).services[0]?.action;

    expect(actionOf({ action: 'push', ref: 'refs/heads/main', commit: COMMIT })).toBe('build');
    expect(actionOf(release)).toBe('retag');
  });

  test('that a person named is retagged even if it is unchanged, and says so', () => {
    const input = { action: 'build', services: ['auth'], version: 'v1.3.1', ref: 'main' } as const;

    expect(buildPlan(facts(input)).services).toMatchObject([
      { action: 'retag', reasons: [{ kind: 'asked', text: 'auth was named in the execution input' }, {}] },
    ]);
  });

  test('without inputs is an error of the program', () => {
    expect(() => buildPlan(facts(release, { inputs: new Map() }))).toThrow('inputs of service auth were not computed');
  });
});
