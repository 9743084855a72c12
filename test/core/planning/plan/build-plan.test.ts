import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import type { Reason } from '../../../../core/contract/plan';
import type { SourceInput } from '../../../../core/contract/run-input';
import type { ServiceInputs } from '../../../../core/input-digest/inputs';
import { buildJobs, cacheScope } from '../../../../core/planning/build-jobs';
import { buildPlan, type SourceFacts } from '../../../../core/planning/build-plan';
import { ownImages } from '../../../../core/planning/own-images';
import { parseSettings } from '../../../../core/settings/parse-settings';
import type { LockEntry } from '../../../../core/version/version-lock';
import { serviceInputs } from '../../../support/pipeline/runs';
import { SMALLEST } from '../../../support/settings/smallest';

const CATALOG = parseCatalog(`
platform: v1.4.0
stages:
  - { name: tools }
  - { name: critical, needs: [tools] }
  - { name: frontend }
services:
  auth: { path: auth, stage: critical, priority: P0, minutes: 12 }
  restapi: { path: rest_api, stage: critical, priority: P0, minutes: 15 }
  diworker: { path: diworker, stage: critical, priority: P1, minutes: 30 }
  etcd: { path: etcd, stage: frontend, retagOnly: true }
  chatbot: { path: chatbot, stage: frontend, versioning: independent, version: v1.3.1 }
`);
const COMMIT = 'c'.repeat(40);
const OLD = 'b'.repeat(40);

const settings = parseSettings(SMALLEST);

function digestOf(name: string, edition: number): string {
  return Buffer.from(`${name}${edition}`).toString('hex').padEnd(40, '0').slice(0, 40);
}

function inputsOf(name: string, edition: number): ServiceInputs {
  return serviceInputs(name, { inputDigest: digestOf(name, edition) });
}

function lockedAs(name: string, edition: number, version = 'v1.3.0'): [string, LockEntry] {
  return [name, { version, digest: `sha256:${name}`, inputDigest: digestOf(name, edition), source: OLD }];
}

const NAMES = CATALOG.services.map(({ name }) => name);
const INDEPENDENT = 'chatbot';

/** Everything was released as edition 1; `changed` services are at edition 2 now. */
function facts(input: SourceInput, changed: readonly string[], part: Partial<SourceFacts> = {}): SourceFacts {
  const branch = input.ref.replace('refs/heads/', '');
  return {
    run: 'run-1',
    input,
    branch,
    rule: { branch, allow: ['push', 'release', 'build'], version: '{version}-dev' },
    environment: 'default',
    commit: COMMIT,
    strategy: 'smart',
    catalog: CATALOG,
    lock: new Map(NAMES.map((name) => lockedAs(name, 1, name === INDEPENDENT ? 'v1.3.1' : 'v1.3.0'))),
    inputs: new Map(NAMES.map((name) => [name, inputsOf(name, changed.includes(name) ? 2 : 1)])),
    available: new Map(NAMES.map((name) => [name, { locked: true, released: false, candidate: false }])),
    differences: new Map(),
    verdicts: new Map(),
    ...part,
  };
}

const push: SourceInput = { action: 'push', ref: 'refs/heads/develop', commit: COMMIT };
const release: SourceInput = { action: 'release', version: 'v1.4.0', ref: 'main' };

function actions(plan: ReturnType<typeof buildPlan>): Record<string, string> {
  return Object.fromEntries(
    plan.services.map(({ name, action, version }) => {
      const given =
        version.kind === 'exact' ? version.version : version.kind === 'next' ? `${version.line}>${version.after}` : '';
      return [name, `${action} ${given}`.trim()];
    }),
  );
}

describe('a plan', () => {
  test('of a push gives changed services the next development version and keeps the rest', () => {
    const plan = buildPlan(facts(push, ['auth', INDEPENDENT]));

    expect(actions(plan)).toEqual({
      auth: 'build v1.4.0-dev>0',
      chatbot: 'build v1.3.2-dev>0',
      diworker: 'keep',
      etcd: 'keep',
      restapi: 'keep',
    });
    expect(plan.totals).toEqual({ build: 2, retag: 0, keep: 3 });
    expect(plan.services.some(({ followsPlatform }) => followsPlatform)).toBe(false);
  });

  test('of a release gives every platform service the version, and independent ones only if they changed', () => {
    expect(actions(buildPlan(facts(release, ['auth'])))).toEqual({
      auth: 'build v1.4.0',
      chatbot: 'keep',
      diworker: 'retag v1.4.0',
      etcd: 'retag v1.4.0',
      restapi: 'retag v1.4.0',
    });
    expect(actions(buildPlan(facts(release, [INDEPENDENT]))).chatbot).toBe('build v1.3.2');
  });

  test('of a conservative release rebuilds all but retag-only services', () => {
    const plan = buildPlan(facts(release, [], { strategy: 'conservative' }));

    expect(actions(plan)).toMatchObject({ auth: 'build v1.4.0', diworker: 'build v1.4.0', etcd: 'retag v1.4.0' });
  });

  test('of a hotfix has the named services only, and builds no existing image', () => {
    const build: SourceInput = {
      action: 'build',
      services: ['auth', 'etcd'],
      version: 'v1.3.0-hotfix-1',
      ref: 'main',
    };

    expect(actions(buildPlan(facts(build, ['auth'])))).toEqual({
      auth: 'build v1.3.0-hotfix-1',
      etcd: 'retag v1.3.0-hotfix-1',
    });
  });

  test('of the first release builds everything', () => {
    const plan = buildPlan(facts(release, [], { lock: new Map(), available: new Map() }));

    expect(plan.totals).toEqual({ build: 5, retag: 0, keep: 0 });
    expect(actions(plan).chatbot).toBe('build v1.3.1');
  });
});

describe('the jobs of a plan', () => {
  const planned = () => buildPlan(facts(release, NAMES));
  const jobs = (plan = planned()) => buildJobs(plan, CATALOG, settings, ['tools', 'critical', 'frontend']);

  test('are listed by stage, the most urgent first, then the longest; a stage without jobs is empty', () => {
    expect(
      Object.fromEntries(Object.entries(jobs()).map(([stage, list]) => [stage, list.map(({ service }) => service)])),
    ).toEqual({
      tools: [],
      critical: ['restapi', 'auth', 'diworker'],
      frontend: ['chatbot', 'etcd'],
    });
  });

  test('name the candidate by content, and have a machine and a limit', () => {
    expect(jobs().critical?.[1]).toEqual({
      service: 'auth',
      inputDigest: digestOf('auth', 2),
      candidate: `registry.example/candidates:auth.${digestOf('auth', 2)}`,
      bases: '{"digests":{},"images":{},"noCache":false,"cacheScope":"release"}',
      machine: {
        computeType: 'BUILD_GENERAL1_MEDIUM',
        environmentType: 'LINUX_CONTAINER',
        environmentImage: 'aws/codebuild/standard:7.0',
      },
      timeoutMinutes: 48,
    });
  });

  test('are those of the services that are built, in any order of the catalog', () => {
    const catalog = { ...CATALOG, services: CATALOG.services.toReversed() };
    const equal = catalog.services.map((each) => ({ ...each, stage: 'tools', priority: 1, minutes: 1 }));
    const inOrder = buildJobs(planned(), { ...CATALOG, services: equal }, settings, ['tools']);

    expect(inOrder.tools?.map(({ service }) => service)).toEqual(['auth', 'chatbot', 'diworker', 'etcd', 'restapi']);
    expect(jobs(buildPlan(facts(push, ['auth']))).critical?.map(({ service }) => service)).toEqual(['auth']);
    expect(buildJobs({ ...planned(), services: [] }, CATALOG, settings, ['critical'])).toEqual({ critical: [] });
  });

  test('build without a cache if the image is too old, and name the candidate of their content', () => {
    const contentKey = 'e'.repeat(40);
    const reasons: Reason[] = [
      { kind: 'aged', text: 'too old' },
      { kind: 'base-moved', text: 'moved' },
    ];
    const verdicts = new Map([['auth', { bases: {}, contentKey, reasons }]]);
    const plan = buildPlan(facts(push, ['restapi'], { verdicts }));
    const [restapi, auth] = jobs(plan).critical ?? [];

    expect(auth?.candidate).toBe(`registry.example/candidates:auth.${contentKey}`);
    expect(JSON.parse(auth?.bases ?? '')).toEqual({
      digests: {},
      images: {},
      noCache: true,
      cacheScope: cacheScope({ branch: 'develop', allow: ['push'] }),
    });
    expect(JSON.parse(restapi?.bases ?? '')).toMatchObject({ noCache: false });
    expect(() => jobs({ ...plan, ref: 'no/rule' })).toThrow("no branch rule matches 'no/rule'");
  });

  test('names the machine of a service that does not use the default', () => {
    const catalog = {
      ...CATALOG,
      services: CATALOG.services.map((each) => (each.name === 'auth' ? { ...each, compute: 'large' as const } : each)),
    };
    const plan = buildPlan(facts({ action: 'push', ref: 'refs/heads/develop', commit: COMMIT }, ['auth'], { catalog }));
    const machines = plan.services.map(({ name, machine }) => [name, machine]);

    expect(machines.filter(([, machine]) => machine !== undefined)).toEqual([
      ['auth', { compute: 'large', architecture: 'x86_64' }],
    ]);
  });

  test('have machine and limit of the catalog', () => {
    const recipe = { compute: 'large', platforms: ['linux/arm64'], timeoutMinutes: 5 } as const;
    const services = CATALOG.services.map((service) => (service.name === 'auth' ? { ...service, ...recipe } : service));
    const special = buildJobs(planned(), { ...CATALOG, services }, settings, ['critical']);

    expect(special.critical?.find(({ service }) => service === 'auth')).toMatchObject({
      machine: { computeType: 'BUILD_GENERAL1_LARGE', environmentType: 'ARM_CONTAINER' },
      timeoutMinutes: 5,
    });
  });
});

describe('an image of the catalog in a Dockerfile', () => {
  test('is recognized by host and namespace', () => {
    expect(ownImages(CATALOG, 'registry.example/team').get('registry.example/team/auth')).toBe('auth');
    expect(ownImages(CATALOG, 'registry.example/team').has('team/auth')).toBe(false);
  });

  test('on Docker Hub is recognized without a host, too', () => {
    const images = ownImages(CATALOG, 'docker.io/invincibledocker24');

    expect(images.get('invincibledocker24/auth')).toBe('auth');
    expect(images.get('docker.io/invincibledocker24/auth')).toBe('auth');
  });
});
