/** What the doctor makes of what it saw. Every problem says what fixes it, and none holds a secret. */
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import {
  judgeBuildQuotas,
  judgeClock,
  judgeLambdaQuota,
  judgePutQuota,
  type Quota,
} from '../../../core/doctor/judge-quotas';
import { judgeLeftovers, judgeMirrors, judgePulls, parseRateLimit } from '../../../core/doctor/judge-registry';
import { type Delivery, type Hook, judgeDeliveries, judgeHook, planHook } from '../../../core/doctor/judge-webhook';
import { parseSettings } from '../../../core/settings/parse-settings';

const REGION = 'eu-central-1';

describe('quotas', () => {
  const catalog = parseCatalog(`platform: v1.0.0
stages: [{ name: apps }]
services:
  a: { stage: apps, minutes: 10 }
  b: { stage: apps, minutes: 10 }
  c: { stage: apps, minutes: 10 }
  arm: { stage: apps, minutes: 5, platforms: [linux/arm64] }
`);
  const medium = (value: number): Quota => ({
    service: 'codebuild',
    code: 'L-2DC20C30',
    name: 'Concurrently running builds for Linux/Medium environment',
    value,
  });
  const arm: Quota = { ...medium(5), code: 'L-ARM', name: 'Concurrently running builds for ARM/Medium environment' };

  test('are enough if a full build takes no longer for them', () => {
    expect(judgeBuildQuotas(catalog, 20, [medium(3), arm], REGION)).toEqual([
      { check: 'quota ARM/Medium builds', state: 'ok', text: expect.stringContaining('5 at a time') },
      {
        check: 'quota Linux/Medium builds',
        state: 'ok',
        text: '3 at a time; a full build of the catalog takes 10 minutes, and 10 with 3',
      },
    ]);
  });

  test('that make builds wait come with the very request for more', () => {
    const [, linux] = judgeBuildQuotas(catalog, 20, [medium(1), arm], REGION);

    expect(linux).toEqual({
      check: 'quota Linux/Medium builds',
      state: 'problem',
      text: '1 at a time; a full build of the catalog takes 30 minutes, and 10 with 3',
      fix: 'aws service-quotas request-service-quota-increase --service-code codebuild --quota-code L-2DC20C30 --desired-value 3 --region eu-central-1',
    });
  });

  test('that CodeBuild’s queue makes up for are told with the jobs that it refuses at first', () => {
    const services = Array.from({ length: 73 }, (_, index) => ({ ...catalog.services[0], name: `service-${index}` }));
    const many = { ...catalog, services } as typeof catalog;
    const [one] = judgeBuildQuotas(many, 20, [medium(1), { ...arm, value: 1 }], REGION);
    const [slow] = judgeBuildQuotas(many, 1000, [medium(0.5), { ...arm, value: 0 }], REGION);

    expect(one).toMatchObject({
      state: 'problem',
      text: expect.stringMatching(
        /; CodeBuild accepts 6 of 20 jobs at once and refuses the others, which try again for 36 hours$/,
      ),
    });
    expect(slow).toMatchObject({ state: 'problem', text: expect.stringContaining('so that no build can start') });
  });

  test('that are too small for the time that a refused job waits come with the concurrency that helps', () => {
    const services = Array.from({ length: 73 }, (_, index) => ({
      ...catalog.services[0],
      name: `service-${index}`,
      minutes: 60,
    }));
    const [slow] = judgeBuildQuotas(
      { ...catalog, services } as typeof catalog,
      20,
      [medium(1), { ...arm, value: 1 }],
      REGION,
    );

    expect(slow?.text).toContain('less than the build takes: set maxConcurrency to 6, so that none gives up');
  });

  test('are asked for no more than the stage concurrency of the settings uses', () => {
    const [, linux] = judgeBuildQuotas(catalog, 2, [medium(2), arm], REGION);

    expect(linux).toMatchObject({ state: 'ok', text: expect.stringContaining('20 minutes, and 20 with 2') });
  });

  test('of none are a problem, and so is one that AWS does not name', () => {
    const states = [judgeBuildQuotas(catalog, 20, [medium(0), arm], REGION), judgeBuildQuotas(catalog, 20, [], REGION)];

    expect(states.flat().map(({ state }) => state)).toEqual(['ok', 'problem', 'problem', 'problem']);
  });

  test('of ECR are judged by what the registry client uses', () => {
    const quota = (value: number): Quota => ({ service: 'ecr', code: 'L-P', name: 'Rate of PutImage requests', value });

    expect(judgePutQuota([quota(10)], REGION)).toMatchObject({ state: 'ok' });
    expect(judgePutQuota([quota(5)], REGION)).toMatchObject({
      state: 'problem',
      fix: expect.stringContaining('--service-code ecr --quota-code L-P --desired-value 10'),
    });
    expect(judgePutQuota([], REGION)).toMatchObject({
      state: 'problem',
      fix: expect.stringContaining('list-service-quotas'),
    });
  });
});

describe('the quota of Lambda', () => {
  const quota: Quota = { service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions', value: 10 };

  test('of a new account is enough as long as nothing is reserved', () => {
    expect(judgeLambdaQuota([quota], undefined, REGION)).toMatchObject({ state: 'ok' });
    expect(judgeLambdaQuota([{ ...quota, value: 105 }], 5, REGION)).toMatchObject({ state: 'ok' });
    expect(judgeLambdaQuota([quota], 5, REGION)).toMatchObject({
      state: 'problem',
      fix: expect.stringContaining('--service-code lambda --quota-code L-B99A9384 --desired-value 105'),
    });
  });
});

describe('mirrors', () => {
  const settings = parseSettings({
    git: { host: 'local', path: '/x' },
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    mirrors: { 'docker.io': 'ecr/docker-hub', 'quay.io': 'ecr/quay' },
  });

  test('are there, or can be made', () => {
    expect(judgeMirrors(settings, ['quay'], REGION)).toEqual([
      {
        check: 'mirror of docker.io',
        state: 'problem',
        text: "there is no pull-through cache 'docker-hub' in eu-central-1",
        fix: 'aws ecr create-pull-through-cache-rule --ecr-repository-prefix docker-hub --upstream-registry-url registry-1.docker.io --credential-arn ARN --region eu-central-1',
      },
      { check: 'mirror of quay.io', state: 'ok', text: "the pull-through cache 'quay' exists" },
    ]);
  });
});

describe('the clock', () => {
  const time = (ahead: number) => ({ host: 'a', server: 1_000_000, here: 1_000_000 + ahead });

  test('may differ by seconds', () => {
    expect(judgeClock(time(-2000))).toEqual({ check: 'clock', state: 'ok', text: '2 s behind a' });
    expect(judgeClock(time(30_000))).toMatchObject({ state: 'ok' });
  });

  test.each([95_000, -95_000])('that is %i ms off can be set', (ahead) => {
    expect(judgeClock(time(ahead))).toMatchObject({ state: 'problem', fix: 'sudo timedatectl set-ntp true' });
  });
});

describe('the webhook', () => {
  const url = 'https://abc.example/webhook';
  const hook: Hook = {
    id: 1,
    url,
    isActive: true,
    events: ['push', 'pull_request'],
    verifiesTls: true,
    isJson: true,
    hasSecret: true,
  };
  const wanted = { url, events: ['push', 'pull_request'] as const };
  const judge = (...hooks: readonly Hook[]) => judgeHook(hooks, wanted, 'npx pipeline setup github');

  test('is fine if exactly one delivers all that is wanted', () => {
    expect(judge(hook, { ...hook, id: 2, url: 'https://other.example' })).toMatchObject({ state: 'ok' });
    expect(judgeHook([{ ...hook, events: ['push'] }], { url, events: ['push'] }, '')).toMatchObject({ state: 'ok' });
  });

  test.each<[string, Partial<Hook>]>([
    ['there is none with the address', { url: 'https://old.example/webhook' }],
    ['is switched off', { isActive: false }],
    ['does not send pull_request', { events: ['push'] }],
    ['does not send JSON', { isJson: false }],
    ['does not check our certificate', { verifiesTls: false }],
    ['has no secret', { hasSecret: false }],
  ])('%s', (text, change) => {
    expect(judge({ ...hook, ...change })).toMatchObject({
      state: 'problem',
      text: expect.stringContaining(text),
      fix: 'npx pipeline setup github',
    });
  });

  test('that is there twice delivers twice', () => {
    expect(judge(hook, { ...hook, id: 2 })).toMatchObject({
      state: 'problem',
      text: expect.stringContaining('2 times'),
    });
  });

  test('is planned to be made, or repaired where it is, the oldest of several', () => {
    expect(planHook([{ ...hook, url: 'https://other.example' }], wanted)).toEqual({ kind: 'create' });
    expect(
      planHook(
        [
          { ...hook, id: 9 },
          { ...hook, id: 4, isActive: false },
        ],
        wanted,
      ),
    ).toEqual({
      kind: 'update',
      id: 4,
      faults: ['is switched off'],
      twins: [9],
    });
  });

  const delivery = (status: number): Delivery => ({
    id: status,
    status,
    event: 'push',
    at: '2026-11-23',
    again: `send ${status}`,
  });

  test.each([
    [[], 'ok', 'none yet'],
    [[200, 202], 'ok', 'all of the last 2 arrived'],
    [[200, 500], 'ok', '1 of the last 2 did not'],
    [[401, 200], 'problem', 'answered with 401: the secret at the git host differs from that of the stack'],
    [[404], 'problem', 'the stack does not have this address'],
    [[0], 'problem', 'was not answered'],
    [[500], 'problem', 'answered with 500'],
  ])('with deliveries %j is %s', (statuses, state, text) => {
    const finding = judgeDeliveries(statuses.map(delivery));

    expect(finding).toMatchObject({ state, text: expect.stringContaining(text) });
    if (state === 'problem') expect(finding.fix).toBe(`send ${statuses[0]}`);
  });
});

describe('pulls from Docker Hub', () => {
  test.each([
    ['100;w=21600', { count: 100, windowSeconds: 21_600 }],
    ['100; w=21600', { count: 100, windowSeconds: 21_600 }],
    ['100', undefined],
    ['', undefined],
    [null, undefined],
  ])('are read off %j', (header, expected) => {
    expect(parseRateLimit(header)).toEqual(expected);
  });

  test('are enough for a full build, or not, or not limited', () => {
    const limit = { limit: 100, remaining: 73, windowSeconds: 21_600 };

    expect(judgePulls(limit, 73)).toMatchObject({
      state: 'ok',
      text: "73 of 100 left for this machine's address, renewed every 6 h; a full build needs up to 73",
    });
    expect(judgePulls({ ...limit, user: 'team' }, 74)).toMatchObject({ state: 'problem', fix: 'docker login' });
    expect(judgePulls({}, 74)).toMatchObject({ state: 'ok' });
  });
});

describe('names that an earlier stack left', () => {
  const none = { stackName: 'shop', candidates: undefined, packages: undefined };

  test('are no finding if there are none', () => {
    expect(judgeLeftovers(none)).toEqual([]);
  });

  test('come with what takes them over', () => {
    const packages = { domain: 'shop', repository: 'modules' };
    expect(judgeLeftovers({ ...none, candidates: 'shop/candidates', packages })).toEqual([
      {
        check: 'names of the stack',
        state: 'problem',
        text: expect.stringContaining('the candidate repository shop/candidates exists'),
        fix: 'npx cdk deploy --import-existing-resources',
      },
      {
        check: 'names of the stack',
        state: 'problem',
        text: expect.stringContaining('the package index shop/modules exists'),
        fix: 'write "packages": {"domain":"shop","repository":"modules"} into the settings, and deploy again',
      },
    ]);
  });
});
