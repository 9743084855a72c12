/** What is known to be wrong before the first build, so that no run fails after an hour of builds. */

import type { Catalog } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../../core/contract/errors';
import type { Plan } from '../../../core/contract/plan';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import {
  checkPlanInput,
  imageOrderProblems,
  secretWarnings,
  unknownServices,
} from '../../../core/planning/check-plan-input';
import { serviceInputs } from '../../support/pipeline/runs';

const CATALOG = parseCatalog(`
platform: v1.4.0
stages:
  - { name: base }
  - { name: middle, needs: [base] }
  - { name: apps, needs: [middle] }
  - { name: other }
services:
  python_base: { path: python_base, stage: base }
  auth: { path: auth, stage: apps }
  ngui: { path: ngui, stage: other }
`);

function builtFrom(images: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, ServiceInputs> {
  return new Map(Object.entries(images).map(([name, from]) => [name, serviceInputs(name, { images: from })]));
}

describe('an image that is built from another one of the catalog', () => {
  test('may be in any later stage, however far', () => {
    expect(imageOrderProblems(CATALOG, builtFrom({ auth: ['python_base'] }))).toEqual([]);
  });

  test.each([
    ['the same stage', { auth: ['auth'] }, 'services.auth.stage'],
    ['a stage that runs side by side', { ngui: ['python_base'] }, 'services.ngui.stage'],
    ['an earlier stage', { python_base: ['auth'] }, 'services.python_base.stage'],
  ])('may not be in %s', (_, images, path) => {
    expect(imageOrderProblems(CATALOG, builtFrom(images)).map((problem) => problem.path)).toEqual([path]);
  });

  test('is told which stage to move', () => {
    expect(imageOrderProblems(CATALOG, builtFrom({ ngui: ['python_base'] }))[0]?.message).toBe(
      "is built from the image of python_base, which is built in stage base; move python_base to a stage that 'other' needs",
    );
  });
});

type Check = Parameters<typeof checkPlanInput>[0];

const DIGEST = 'd'.repeat(40);
const SMALL = `platform: v1.4.0
stages: [{ name: apps }]
services:
  auth: { path: auth, stage: apps }
  etcd: { path: etcd, stage: apps }
  tool: { path: tool, stage: apps, versioning: independent, version: v0.1.0 }
`;
const VALUES = 'auth: { image: { tag: v1.3.0 } }\netcd: { image: { tag: v1.3.0 } }\ntool: { image: { tag: v0.1.0 } }\n';
const at = (version: string, inputDigest = DIGEST) => ({
  version,
  inputDigest,
  digest: `sha256:${'a'.repeat(64)}`,
  source: 'c'.repeat(40),
});
const release = { action: 'release', version: 'v1.4.0', ref: 'main' } as const;
const build = { action: 'build', version: 'v1.4.0', ref: 'main', services: ['auth'] } as const;
const push = { action: 'push', ref: 'refs/heads/main', commit: 'c'.repeat(40) } as const;

/** The problems of a run, or undefined if it may start. */
function problemsOf(
  input: object,
  parts: Partial<Check['source']> & { readonly catalogText?: string; valuesText?: string; stages?: string[] } = {},
) {
  const { catalogText = SMALL, valuesText = VALUES, stages = ['apps'], ...source } = parts;
  const catalog: Catalog = parseCatalog(catalogText);
  const inputs = new Map(
    [...builtFrom({ auth: [], etcd: [], tool: [] })].map(([name, each]) => [name, { ...each, inputDigest: DIGEST }]),
  );
  const environment = { name: 'default', values: 'values.yaml' } as Check['source']['environment'];
  const all = {
    catalog,
    lock: new Map(),
    texts: new Map([['values.yaml', valuesText]]),
    inputs,
    environment,
    rewritten: new Map(),
    ...source,
  };
  try {
    checkPlanInput({ input: input as Check['input'], source: all, stages, publishing: [], secrets: ['npm'] });
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

test.each([release, build, push])('a run that can succeed is not refused: %j', (input) => {
  expect(problemsOf(input)).toBeUndefined();
});

test('a secret that the settings do not have is refused, with those that they have', () => {
  const catalogText = `${SMALL}  other: { secrets: [npm, pypi] }\n`;

  expect(problemsOf(release, { catalogText })).toContainEqual({
    path: 'services.other.secrets',
    message: "the setting buildSecrets has no 'pypi' (it has npm); add its ARN there and deploy, or remove it here",
  });
});

test('so is a key', () => {
  const catalogText = `${SMALL}  other: { ssh: { default: npm, libs: deploy } }\n`;

  expect(problemsOf(release, { catalogText })).toContainEqual({
    path: 'services.other.ssh',
    message: "the setting buildSecrets has no 'deploy' (it has npm); add its ARN there and deploy, or remove it here",
  });
});

const mounting = (...mounts: ServiceInputs['secretMounts']) =>
  new Map([...builtFrom({ auth: [] })].map(([name, each]) => [name, { ...each, secretMounts: mounts }]));

test('a required secret that the catalog does not give is refused, with its line', () => {
  const inputs = mounting(
    { kind: 'secret', id: 'npm', line: 3, isRequired: true },
    { kind: 'secret', id: 'pypi', line: 4, isRequired: false },
    { kind: 'secret', id: 'gem', line: 5, isRequired: true },
    { kind: 'ssh', id: 'default', line: 6, isRequired: true },
  );
  const catalogText = SMALL.replace('auth: { path: auth,', 'auth: { path: auth, secrets: [npm],');

  expect(problemsOf(release, { inputs, catalogText })).toEqual([
    {
      path: 'services.auth.secrets',
      message:
        "auth/Dockerfile:5 mounts the secret gem, which the build does not get; add it to the service's `secrets`, and to the setting buildSecrets",
    },
    {
      path: 'services.auth.ssh',
      message:
        'auth/Dockerfile:6 mounts the ssh agent default, which the build does not get; add `ssh: { default: NAME }` to the service, and NAME with a private key to the setting buildSecrets',
    },
  ]);
});

test('an optional one is a warning, if its image is built', () => {
  const inputs = mounting({ kind: 'secret', id: 'pypi', line: 4, isRequired: false });
  const warningsOf = (action: string) =>
    secretWarnings([{ name: 'auth', action }] as unknown as Plan['services'], parseCatalog(SMALL), inputs);

  expect(warningsOf('build')).toEqual([expect.stringMatching(/^auth\/Dockerfile:4 mounts the secret pypi/)]);
  expect(warningsOf('retag')).toEqual([]);
});

test('all that is wrong is told at once', () => {
  const catalogText = `${SMALL}modules:\n  kit: { path: kit, publish: true }\n`;
  const input = { ...build, services: ['auht', 'nothing'] };
  const problems = problemsOf(input, { catalogText, stages: ['base', 'late'] });

  expect(problems?.map(({ path }) => path)).toEqual(['services', 'services', 'stages.apps', 'modules.kit.publish']);
  expect(problems?.slice(2).map(({ message }) => message)).toEqual([
    'the deployed state machine has no such stage (it has base, late); deploy the app with this catalog first',
    "the deployed state machine publishes no modules in the stage 'apps'; deploy the app with this catalog first",
  ]);
});

test.each<[string, string]>([
  ['Auth-Server', 'did you mean auth, auth2, author?'],
  ['aut', 'did you mean auth, auth2, author?'],
  ['etcd_main', 'did you mean etcd?'],
  ['NGUI', 'did you mean ngui?'],
  ['etx', 'it has 6 others'],
  ['authenticate', 'did you mean auth, auth2, author?'],
  ['nothing', 'it has 6 others'],
])('a name that the catalog does not have gets those that may be meant: %s', (name, advice) => {
  const names = ['auth', 'auth2', 'author', 'authz', 'etcd', 'ngui'];
  const catalog = parseCatalog(`platform: v1.4.0\nservices:\n${names.map((each) => `  ${each}: ${each}\n`).join('')}`);

  expect(unknownServices(['ngui', name], catalog)).toEqual([
    { path: 'services', message: `'${name}' is not a service of the catalog; ${advice}` },
  ]);
});

describe('a version that was released', () => {
  const taken = {
    path: 'version',
    message:
      'v1.4.0 of auth was released from cccccccc with other content; a version is given once, so choose the next one',
  };

  test.each<[string, object, ReturnType<typeof at>, object | undefined]>([
    ['with other content is taken', release, at('v1.4.0', 'other'), [taken]],
    ['with other content is taken for a hotfix, too', build, at('v1.4.0', 'other'), [taken]],
    ['with the same content may be released again', release, at('v1.4.0'), undefined],
    ['as another version is free', release, at('v1.3.0', 'other'), undefined],
    ['with other content does not matter to a push', push, at('v1.4.0', 'other'), undefined],
  ])('%s', (_, input, locked, expected) => {
    expect(problemsOf(input, { lock: new Map([['auth', locked]]) })).toEqual(expected);
  });

  test('of a service with its own versions does not matter to the platform, but to its own build', () => {
    const lock = new Map([['tool', at('v1.4.0', 'other')]]);

    expect(problemsOf(release, { lock })).toBeUndefined();
    expect(problemsOf({ ...build, services: ['tool'] }, { lock })).toEqual([
      expect.objectContaining({ path: 'version' }),
    ]);
  });
});

describe('the version that a release comes from', () => {
  const from = { ...release, from: 'v1.3.0' };
  const lockOf = (...versions: readonly string[]) =>
    new Map(versions.map((version, index) => [['auth', 'etcd'][index] ?? '', at(version)]));

  test.each<[string, ReturnType<typeof lockOf>]>([
    ['is one that some service has', lockOf('v1.2.0', 'v1.3.0')],
    ['does not matter if nothing was released', lockOf()],
    ['is over if the run is started again', lockOf('v1.4.0')],
  ])('%s', (_, lock) => {
    expect(problemsOf(from, { lock })).toBeUndefined();
  });

  test('is refused with five of those that there are, if there are more', () => {
    const versions = ['v1.2.6', 'v1.2.5', 'v1.2.4', 'v1.2.3', 'v1.2.2', 'v1.2.1'];
    const services = versions.map((_, index) => `  s${index}: s${index}\n`).join('');
    const lock = new Map(versions.map((version, index) => [`s${index}`, at(version)]));
    const catalogText = `platform: v1.4.0\nstages: [{ name: apps }]\nservices:\n${services}`;

    expect(problemsOf(from, { catalogText, lock })?.map(({ message }) => message)).toEqual([
      'is v1.3.0, but no service is at it; the version lock has v1.2.1, v1.2.2, v1.2.3, v1.2.4, v1.2.5',
    ]);
  });

  test('is refused if no service has it, with those that there are', () => {
    expect(problemsOf(from, { lock: lockOf('v1.2.0', 'v1.1.0') })).toEqual([
      { path: 'from', message: 'is v1.3.0, but no service is at it; the version lock has v1.1.0, v1.2.0' },
    ]);
  });
});

describe('the edit of the values file is tried before the first build:', () => {
  test('a path that is not there is refused', () => {
    expect(problemsOf(release, { valuesText: 'auth: { image: { tag: v1 } }\n' })?.map(({ path }) => path)).toEqual([
      'etcd.image.tag',
      'tool.image.tag',
    ]);
  });

  const shared = (image: string) =>
    VALUES.replace('auth: { image: { tag: v1.3.0 } }', `auth: { image: &image { ${image} } }`).replace(
      'etcd: { image: { tag: v1.3.0 } }',
      'etcd: { image: *image }',
    );

  test('two services with one tag are refused on a push, which may give them two versions', () => {
    const valuesText = shared('tag: v1.3.0');

    expect(problemsOf(push, { valuesText })).toEqual([
      { path: 'etcd.image.tag', line: 1, message: expect.stringContaining('is the same tag as auth.image.tag') },
    ]);
    expect(problemsOf(release, { valuesText })).toBeUndefined();
  });

  test('a service with its own versions may not share the tag of one that follows the platform', () => {
    const valuesText = 'auth: &auth { image: { tag: v1.3.0 } }\netcd: { image: { tag: v1.3.0 } }\ntool: *auth\n';

    expect(problemsOf(release, { valuesText })?.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'tool.image.tag: is the same tag as auth.image.tag, which is to be v1.4.0, while this one is to be v0.1.0; give each service a tag of its own',
    ]);
    const lock = new Map([['tool', at('v1.3.9')]]);
    expect(problemsOf(release, { valuesText, lock })?.[0]?.message).toContain('this one is to be v1.3.10');
  });

  test('an anchor of the platform that cannot move is refused on a release only', () => {
    const valuesText = `tag: &tag v1.3.0\nnames: { *tag : x }\n${VALUES.replaceAll('v1.3.0', '*tag')}`;

    expect(problemsOf(build, { valuesText })).toBeUndefined();
    expect(problemsOf(release, { valuesText })?.[0]?.message).toContain(
      "would change from 'v1.3.0' to 'v1.4.0' as well",
    );
  });

  test('two services with one pinned digest are refused, because they have two images', () => {
    expect(problemsOf(release, { valuesText: shared(`tag: v1.3.0, digest: "sha256:${'a'.repeat(64)}"`) })).toEqual([
      { path: 'etcd.image.tag', line: 1, message: expect.stringContaining('has the same digest as auth.image.tag') },
    ]);
  });
});
