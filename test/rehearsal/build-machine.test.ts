/** The stand-in for CodeBuild: its queue, its quota, idempotent starts, phases. */
import { endBuild, enterPhase, type Order, submittedBuild } from '../../rehearsal/build-machine/build';
import { type BuildMachine, startBuildMachine } from '../../rehearsal/build-machine/build-machine';

let machine: BuildMachine;
const release: (() => void)[] = [];

beforeEach(async () => {
  const nowhere = { programs: '/', endpoint: 'http://127.0.0.1:1', registryHost: '', logs: '/' };
  machine = await startBuildMachine(() => nowhere, 1);
});
afterEach(async () => {
  for (const each of release.splice(0)) each();
  await machine.stop();
});

function order(service: string, idempotencyToken = service): Order {
  return {
    project: {
      name: 'images',
      arn: 'arn:aws:codebuild:eu-central-1:111122223333:project/images',
      serviceRole: 'arn:aws:iam::111122223333:role/builder',
      timeoutInMinutes: 60,
      source: {},
      environment: {},
    },
    request: {
      projectName: 'images',
      idempotencyToken,
      environmentVariablesOverride: [{ name: 'SERVICE', value: service }],
    },
    credentials: { accessKeyId: 'ASIA', secretAccessKey: 'x', sessionToken: 'x' },
    account: '111122223333',
    region: 'eu-central-1',
  };
}

async function ask(path: string, body: object) {
  const reply = await fetch(`${machine.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as { readonly build?: unknown } };
}
const started = async (service: string, token?: string) =>
  (await ask('/start', order(service, token))).body.build as { id: string };
const ended = async (id: string) =>
  (await ask('/wait', { id })).body.build as { buildStatus: string; phases: { phaseType: string }[] };

test('five times the quota may wait, and further starts are refused with the error of CodeBuild', async () => {
  machine.quota = 1;
  release.push(machine.hold('held'));
  for (let index = 0; index < 6; index += 1) await started('held', `token ${index}`);
  const { status, body } = await ask('/start', order('held', 'one too many'));

  expect(status).toBe(400);
  expect(body).toMatchObject({
    __type: 'AccountLimitExceededException',
    message: expect.stringContaining('more than 5 builds'),
  });
  expect(machine.counts).toMatchObject({ mostRunning: 1, refused: 1 });
});

test('a start with a known token returns its build, and is refused if its parameters differ', async () => {
  release.push(machine.hold('held'));
  const first = await started('held');

  expect((await started('held')).id).toBe(first.id);
  expect(await ask('/start', order('other', 'held'))).toMatchObject({
    status: 400,
    body: { __type: 'InvalidInputException' },
  });
});

test('a requested fault ends one build before it runs, in PROVISIONING', async () => {
  machine.failNext('auth', 'FAULT');
  const { buildStatus, phases } = await ended((await started('auth')).id);

  expect(buildStatus).toBe('FAULT');
  expect(phases.map(({ phaseType }) => phaseType)).toEqual(['SUBMITTED', 'QUEUED', 'PROVISIONING', 'COMPLETED']);
});

test('a build that is stopped while it waits never runs', async () => {
  release.push(machine.hold('held'));
  const { id } = await started('held');
  await ask('/stop', { id });

  expect((await ended(id)).buildStatus).toBe('STOPPED');
  expect(machine.stopped()).toBe(1);
});

test('a source that cannot be downloaded fails the build in DOWNLOAD_SOURCE', async () => {
  const { buildStatus, phases } = await ended((await started('auth')).id);

  expect(buildStatus).toBe('FAILED');
  expect(phases.at(-2)?.phaseType).toBe('DOWNLOAD_SOURCE');
});

test('a build that succeeded has ended every phase', () => {
  const build = submittedBuild(order('auth'), 'uuid', 0);
  enterPhase(build, 'INSTALL', 1000);
  endBuild(build, undefined, 2000);

  expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', buildComplete: true, endTime: 2 });
  expect(
    build.phases.slice(0, -1).every(({ phaseStatus, endTime }) => phaseStatus === 'SUCCEEDED' && endTime !== undefined),
  ).toBe(true);
  expect(build.phases.at(-2)?.phaseType).toBe('FINALIZING');
});
