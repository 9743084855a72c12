/** Webhooks on GitHub and GitLab over real HTTP. Calls to GitHub are checked against its published description. */

import { systemClock } from '../../../adapters/clock';
import type { GitHostHooks } from '../../../adapters/git/git-host-access';
import { createGitHubHooks } from '../../../adapters/git/github/hooks';
import { createGitLabHooks } from '../../../adapters/git/gitlab/hooks';
import type { HookId } from '../../../core/doctor/judge-webhook';
import { gitHostHooksContract } from '../../contracts/git-host-hooks-contract';
import {
  type FakeHooks,
  HOOKS_REPOSITORY,
  HOOKS_TOKEN,
  startFakeGitHubHooks,
  startFakeGitLabHooks,
} from '../../support/git-hosts/fake-hooks';
import { describeRest } from '../../support/git-hosts/github-description';

const optionsOf = ({ apiUrl }: FakeHooks) => ({
  apiUrl,
  repository: HOOKS_REPOSITORY,
  token: async () => HOOKS_TOKEN,
  clock: systemClock,
});

async function github(): Promise<{ fake: FakeHooks; hooks: GitHostHooks }> {
  const fake = await startFakeGitHubHooks();
  return { fake, hooks: createGitHubHooks(optionsOf(fake)) };
}

async function gitlab(): Promise<{ fake: FakeHooks; hooks: GitHostHooks }> {
  const fake = await startFakeGitLabHooks();
  return { fake, hooks: createGitLabHooks(optionsOf(fake)) };
}

/** Everything that a person can set wrong on GitHub and on GitLab. */
const WRONG = (url: string) => ({
  active: false,
  events: ['star'],
  config: { url, content_type: 'form', insecure_ssl: '1' },
  push_events: false,
  merge_requests_events: false,
  enable_ssl_verification: false,
});

const underTest = ({ fake, hooks }: { readonly fake: FakeHooks; readonly hooks: GitHostHooks }) => ({
  hooks,
  addHook: (url: string, isWrong = false) => fake.addHook(url, isWrong ? WRONG(url) : {}),
  secretOf: (id: HookId) => fake.secrets.get(Number(id)),
  refuse: () => fake.replies.clear(),
  stop: fake.stop,
});

gitHostHooksContract('GitHub', async () => underTest(await github()));
gitHostHooksContract('GitLab', async () => underTest(await gitlab()));

describe('deliveries', () => {
  test('on GitHub have the reply status and the command for a redelivery', async () => {
    const { fake, hooks } = await github();
    const id = fake.addHook('https://x.example');
    fake.deliveries = [
      {
        id: 7,
        guid: 'g',
        status_code: 401,
        status: 'Unauthorized',
        event: 'push',
        delivered_at: '2026-11-23T10:00:00Z',
      },
    ];

    expect(await hooks.deliveries(id)).toEqual([
      {
        id: 7,
        status: 401,
        event: 'push',
        at: '2026-11-23T10:00:00Z',
        again: `gh api -X POST repos/team/monorepo/hooks/${id}/deliveries/7/attempts`,
      },
    ]);
    await fake.stop();
  });

  test('on GitLab without a reply have status 0', async () => {
    const { fake, hooks } = await gitlab();
    const id = fake.addHook('https://x.example');
    fake.deliveries = [
      { id: 7, trigger: 'push_hooks', response_status: '200', created_at: '2026-11-23T10:00:00Z' },
      { id: 6, trigger: 'merge_request_hooks', response_status: 'internal error' },
    ];

    expect(await hooks.deliveries(id)).toMatchObject([
      { status: 200, event: 'push', again: `glab api -X POST projects/team%2Fmonorepo/hooks/${id}/events/7/resend` },
      { status: 0, event: 'merge_request', at: 'at an unknown time' },
    ]);
    await fake.stop();
  });
});

describe('the calls to GitHub', () => {
  test('and the replies of the fake match the description of GitHub', async () => {
    const { fake, hooks } = await github();
    const content = {
      url: 'https://x.example/webhook',
      events: ['push', 'pull_request'],
      secret: 's'.repeat(32),
    } as const;
    const id = await hooks.create(content);
    await hooks.list();
    await hooks.update(id, content);
    fake.deliveries = [
      {
        id: 7,
        guid: 'g',
        redelivery: false,
        duration: 0.1,
        status: 'OK',
        status_code: 200,
        event: 'push',
        delivered_at: '2026-11-23T10:00:00Z',
      },
    ];
    await hooks.deliveries(id);
    const { problems } = describeRest();

    expect(fake.exchanges.map(({ method }) => method)).toEqual(['POST', 'GET', 'PATCH', 'GET']);
    expect(fake.exchanges.flatMap(problems)).toEqual([]);
    await fake.stop();
  });

  test('do not match the description with an unknown field', async () => {
    const { fake, hooks } = await github();
    await hooks.create({ url: 'https://x.example/webhook', events: ['push'], secret: 's'.repeat(32) });
    const { problems } = describeRest();

    const wrong = fake.exchanges.map((each) => ({ ...each, body: each.body.replace('"active"', '"activ"') }));
    expect(wrong.flatMap(problems).join()).toContain('activ');
    await fake.stop();
  });
});
