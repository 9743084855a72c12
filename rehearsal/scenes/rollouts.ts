/** Scenes of rollouts: an environment that is checked and watched, promotion, a release tag, a chat, and rollbacks. */
import { readRuns } from '../checks/account';
import { eventually } from '../checks/invariants';
import { CHAT_WEBHOOK, HEALTH_TOKEN } from '../emulator/websites';
import { expect, expectSame } from '../failure';
import { CANARY, rolloutSettings, SERVICES, VALUES_FILES } from '../monorepo';
import { runOf, type World } from '../world';
import { deploySettings, type Scene } from './scene';
import { headOf, tagsIn } from './snapshot';

const { canary, staging } = VALUES_FILES;
/** The time for a notice, and for the start of a run by another one. */
const SOON_MS = 60_000;

/** Creates the resources that the settings name: the branch, the alarm, and the secrets of the health page and the chat. */
export async function createCanary(world: World): Promise<void> {
  world.repository.git('branch', '--force', 'canary', 'main');
  const chat = ['--secret-id', world.stack.outputs.ChatSecretArn ?? ''];
  await world.aws('secretsmanager', 'create-secret', '--name', CANARY.secret, '--secret-string', HEALTH_TOKEN);
  await world.aws('secretsmanager', 'put-secret-value', ...chat, '--secret-string', `{"slack":"${CHAT_WEBHOOK}"}`);
  const metric = ['--namespace', 'Canary', '--metric-name', 'Errors', '--statistic', 'Sum', '--period', '60'];
  const bound = ['--evaluation-periods', '1', '--threshold', '1', '--comparison-operator', 'GreaterThanThreshold'];
  await world.aws('cloudwatch', 'put-metric-alarm', '--alarm-name', CANARY.alarm, ...metric, ...bound);
}

async function setAlarm(world: World, state: 'OK' | 'ALARM'): Promise<void> {
  const name = ['--alarm-name', CANARY.alarm, '--state-value', state];
  await world.aws('cloudwatch', 'set-alarm-state', ...name, '--state-reason', 'a scene');
}

/** Starts a release of one changed service to the canary. Returns the ARN of the run. */
export async function startCanary(world: World, version: string): Promise<string> {
  world.repository.commit('canary', { 'ngui/index.html': `<html>${version}</html>\n` });
  return world.start({ action: 'release', version, ref: 'canary' });
}

export const rollout: Scene = {
  name: 'rollout',
  title:
    'an update with an environment that is checked and watched; a release that is promoted from it to the next one',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const settings = rolloutSettings(world.github.apiUrl, world.websites.healthUrl);
    await deploySettings(world, 'rollouts', settings);
    world.stack = { ...world.stack, settings };
    await createCanary(world);
    world.websites.answer(503, 200);
    const arn = await startCanary(world, 'v2.0.0');
    const source = headOf(world, 'canary');
    const { rollout: after, tag } = await world.succeeded(arn);
    const checks = after?.checks.map(({ name, state }) => `${name} ${state}`);
    expectSame([after?.end, checks], ['verified', ['health passed', 'smoke passed']], 'the end of the rollout');
    expect((after?.watch?.looks ?? 0) > 0, 'the environment was not watched');
    expect(world.websites.requests() > 2, `the health page got only ${world.websites.requests()} requests`);
    const git = (...args: string[]) => world.repository.git(...args);
    expectSame([tag?.commit, git('rev-parse', 'v2.0.0^{commit}')], [source, source], 'the commit of the tag');
    expectSame(git('cat-file', '-t', 'v2.0.0'), 'tag', 'the type of the tag');
    expect(world.github.releases.has('v2.0.0'), 'the git host has no release page');
    await world.succeeded(await runNamed(world, after?.promotion?.run ?? ''));
    expectSame(tagsIn(world, 'main', staging), versions('v2.0.0'), staging);
    return ['a check that fails once is retried', 'alarms watched', 'tag and page', 'promoted by a run of its own'];
  },
};

export const rolledBack: Scene = {
  name: 'rolled-back',
  title:
    'releases that are not verified: a health page fails, a script fails, an alarm is raised; each is rolled back by a commit',
  inCi: false,
  after: ['rollout'],
  play: async (world) => {
    world.websites.answer(503, 503, 200); // the release tries twice, then its rollback is verified
    await failsAndRollsBack(world, 'v2.1.0', /check health: answered 503/);
    await failsAndRollsBack(world, 'v2.2.0-broken-1', /check smoke: /);
    await setAlarm(world, 'ALARM');
    await failsAndRollsBack(world, 'v2.3.0', new RegExp(`raised alarms: ${CANARY.alarm}`));
    await setAlarm(world, 'OK');
    return [
      'VerifyFailed names both commits, for page, script and alarm',
      'rolled back by a forward commit',
      'a notice in the chat',
    ];
  },
};

/** Throws unless the release fails with the message and both commits, the environment has its earlier versions, and the chat has a notice. */
export async function failsAndRollsBack(world: World, version: string, message: RegExp): Promise<void> {
  const before = tagsIn(world, 'canary', canary);
  const arn = await startCanary(world, version);
  const run = runOf(arn);
  const { error, cause = '' } = await world.ended(arn);
  expect(error === 'VerifyFailed' && message.test(cause), `the run ended with ${error}: ${cause}`);
  const [, failed = '', undone = ''] = /commit ([0-9a-f]{40}).*rolled back by commit ([0-9a-f]{40})/.exec(cause) ?? [];
  const [head, parent] = world.repository.git('log', '--max-count=2', '--format=%H', 'canary').split('\n');
  expectSame(
    [undone, failed],
    [head, parent],
    `the commits that the failure names, and those of the branch (${cause})`,
  );
  expectSame(tagsIn(world, 'canary', canary), before, canary);
  const tags = world.repository.git('tag', '--list', version);
  expectSame(tags, '', 'the tag of a release that was rolled back');
  await world.succeeded(await runNamed(world, `rollback-0-${run}`));
  const runs = (await readRuns(world)).map(({ name }) => name);
  expect(!runs.includes(`to-staging-${run}`), `${version} was promoted although it failed`);
  const posted = async () => world.websites.posts.find((body) => body.includes(run) && body.includes('VerifyFailed'));
  expect((await eventually(posted, SOON_MS)) !== undefined, `the chat got no notice of run ${run}`);
}

/** Waits for the start of a run, and returns its ARN. Throws `SceneFailure` if it does not start in time. */
export async function runNamed(world: World, run: string): Promise<string> {
  const arn = await eventually(() => arnOf(world, run), SOON_MS);
  expect(arn !== undefined, `there is no run ${run}`);
  return arn;
}

/** Returns the run's ARN, or undefined if it has not been started. */
export async function arnOf(world: World, run: string): Promise<string | undefined> {
  return (await readRuns(world)).find(({ name }) => name === run)?.executionArn;
}

function versions(version: string) {
  return Object.fromEntries(SERVICES.map((service) => [service, version]));
}
