import { readFileSync, writeFileSync } from 'node:fs';
import { probeOf } from '../../../cli/doctor/registries/probe';
import { checkRegistries } from '../../../cli/doctor/registries/registry';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { ReleasedService } from '../../../core/contract/release';
import { parseSettings } from '../../../core/settings/parse-settings';
import { printVersionLock, updateLock } from '../../../core/version/version-lock';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { createStillClock } from '../../support/pipeline/memory-state';
import { useEmbeddedRegistry } from '../../support/registry/embedded-registry';

const embedded = useEmbeddedRegistry();

function findings(...hosts: readonly string[]) {
  const environments = hosts.map((host, index) => ({
    name: `e${index}`,
    registry: { host, namespace: 'live', minutes: 60, arrives: 'copy' as const },
  }));
  const credentials = async () => undefined;
  const shared = { credentials, clock: createStillClock(), images: 1, isMirrored: true, hub: 'unused.example' };
  return checkRegistries({ ...shared, host: embedded.host, environments });
}

test('the login at the registry of each environment is tried, and a refused one is a problem with a command', async () => {
  const found = await findings(embedded.host, '127.0.0.1:9');

  expect(found.map(({ check, state }) => `${check}: ${state}`)).toEqual([
    'registry login: ok',
    'registry of e0: ok',
    'registry of e1: problem',
    'Docker Hub pulls: ok',
  ]);
  expect(found[2]).toMatchObject({ text: expect.stringContaining('nothing answers at 127.0.0.1:9') });
});

const HOST = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';

test('before the deployment a registry in another account cannot be tried', async () => {
  const [, own] = await findings(HOST);
  expect(own).toMatchObject({ state: 'later', fix: 'npx cdk deploy' });
});

test('the function is asked for the images that the version lock names, by their names in the catalog', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const lock = printVersionLock(
    updateLock(new Map(), [
      {
        name: 'auth',
        version: 'v1.4.0',
        digest,
        inputDigest: 'b'.repeat(40),
        source: 'c'.repeat(40),
      } as ReleasedService,
    ]),
  );
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    environments: [{ name: 'live', values: 'live/values.yaml', registry: { host: HOST, namespace: 'live' } }],
  });
  const catalog = parseCatalog('platform: v1.0.0\nservices: { auth: { image: login }, ngui: null }\n');
  const valuesGit = {
    head: async (branch: string) => (branch === 'main' ? 'd'.repeat(40) : undefined),
    readFiles: async () => new Map([['live/version-lock.yaml', lock]]),
  };
  const asked: unknown[] = [];
  const invoke = async (name: string, payload: unknown) => {
    asked.push([name, payload]);
    return { problems: [] };
  };
  const stack = { status: 'UPDATE_COMPLETE', outputs: { ReleaseFunctionName: 'release' } };

  await probeOf({ invoke }, { stack }, { settings, catalog, valuesGit })?.('live');

  const recorded = [{ image: 'login', version: 'v1.4.0', digest }];
  const images = ['login', 'ngui'];
  expect(asked).toEqual([['release', { run: 'doctor', phase: 'probe', environment: 'live', images, recorded }]]);
});

describe('a deployed pipeline', () => {
  let world: DeployedAccount;
  const role = { arn: 'arn:aws:iam::444455556666:role/shop-images' };

  beforeEach(async () => {
    world = await startDeployedAccount();
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    const environments = [{ name: 'live', values: 'live.yaml', registry: { host: HOST, namespace: 'live', role } }];
    const { valuesFile: _, ...others } = settings;
    writeFileSync(world.files.settings, JSON.stringify({ ...others, environments }));
    const stack = world.aws.stacks.get('ImagePipeline');
    if (stack === undefined) throw new Error('no stack');
    const outputs = { ...stack.outputs, ReleaseFunctionName: 'release-function' };
    world.aws.stacks.set('ImagePipeline', { ...stack, outputs });
  });

  afterEach(() => world.stop());

  test('is asked about its registry, with all images of the catalog', async () => {
    const asked: unknown[] = [];
    world.aws.functions.set('release-function', (payload) => {
      asked.push(payload);
      return { problems: [] };
    });
    const { report } = await examineDeployment(world);
    expect(report.findings).toContainEqual({
      check: 'registry of live',
      state: 'ok',
      text: `the release function reaches ${HOST}`,
    });
    expect(asked).toEqual([
      { run: 'doctor', phase: 'probe', environment: 'live', images: ['auth', 'restapi'], recorded: [] },
    ]);
  });

  test('says what its release function cannot do, each with a command', async () => {
    world.aws.functions.set('release-function', () => ({ problems: ['the role cannot be assumed', 'no repository'] }));
    const { exitCode, report } = await examineDeployment(world);
    const found = report.findings.filter(({ check }) => check === 'registry of live');
    expect(exitCode).toBe(1);
    expect(found.map(({ state, text }) => `${state} ${text}`)).toEqual([
      'problem the role cannot be assumed',
      'problem no repository',
    ]);
    expect(found[0]?.fix).toBe('aws iam get-role --role-name shop-images --query Role.AssumeRolePolicyDocument');
  });

  test('whose release function fails is a problem with the message of the function', async () => {
    world.aws.functions.set('release-function', new Error('settings cannot be used'));
    const { report } = await examineDeployment(world);
    const found = report.findings.find(({ check }) => check === 'registry of live');
    expect(found).toMatchObject({ state: 'problem', text: expect.stringContaining('settings cannot be used') });
  });
});
