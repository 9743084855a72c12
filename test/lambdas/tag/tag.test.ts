import { objectKeys } from '../../../core/contract/keys';
import type { ReleasedService, ReleaseRecord } from '../../../core/contract/release';
import type { ReleasePage, SourceCommit, TagAttempt, TagHost, TagProposal } from '../../../core/ports/git';
import { parseSettings } from '../../../core/settings/parse-settings';
import { printVersionLock } from '../../../core/version/version-lock';
import { tagStep } from '../../../lambdas/tag/tag';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { planOf } from '../../support/pipeline/runs';

const [SOURCE, BEFORE, VALUES] = ['c', 'b', 'e'].map((letter) => letter.repeat(40)) as [string, string, string];
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'values.yaml',
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
  releaseTag: {},
});
const CATALOG = 'platform: v1.4.0\nservices:\n  auth: auth\n  etcd: etcd\n  mail: mail\n';
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const was = (letter: string) => ({
  version: 'v1.3.0',
  digest: digest(letter),
  inputDigest: letter.repeat(40),
  source: BEFORE,
});
const released = (name: string, letter: string): ReleasedService => ({
  ...was(letter),
  name,
  image: name,
  version: 'v1.4.0',
  source: SOURCE,
  values: [],
  followsPlatform: true,
});
const RECORD: ReleaseRecord = {
  schema: 1,
  run: 'run-1',
  action: 'release',
  commit: SOURCE,
  ref: 'main',
  environment: 'default',
  platformVersion: 'v1.4.0',
  startedBy: 'alice',
  services: [released('auth', '9'), released('etcd', '2'), released('mail', '3')],
};
const commit = (id: string, message: string, ...paths: string[]): SourceCommit => ({
  commit: id.repeat(40),
  parents: [BEFORE],
  author: 'Ada',
  message,
  paths,
});

interface World {
  readonly made: TagProposal[];
  readonly pages: ReleasePage[];
  readonly ranges: string[];
  run(): ReturnType<typeof tagStep>;
  readonly store: ReturnType<typeof createMemoryStore>;
}

async function makeWorld(
  parts: { attempt?: TagAttempt; superseded?: string[]; environment?: object; commits?: TagHost['commits'] } = {},
): Promise<World> {
  const store = createMemoryStore();
  const [made, pages, ranges]: [TagProposal[], ReleasePage[], string[]] = [[], [], []];
  const tags: TagHost = {
    commits: async (since, until) => {
      ranges.push(`${since[0]}..${until[0]}`);
      if (parts.commits !== undefined) return parts.commits(since, until, 1);
      return [commit('1', 'fix: login (#7)', 'auth/main.py'), commit('2', 'docs', 'README.md')];
    },
    createTag: async (tag) => {
      made.push(tag);
      return parts.attempt ?? { kind: 'created' };
    },
    createRelease: async (page) => {
      pages.push(page);
      return 'https://github.example/releases/v1.4.0';
    },
  };
  const lock = printVersionLock(
    new Map([
      ['auth', was('1')],
      ['etcd', was('2')],
    ]),
  );
  const texts = new Map([
    ['version-lock.yaml', lock],
    ['pipeline.yaml', CATALOG],
  ]);
  const git = { readFiles: async () => texts };
  const plan = planOf([], { tag: { name: 'v1.4.0', commit: SOURCE } });
  await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));
  await store.put(objectKeys.release('run-1'), JSON.stringify(RECORD));
  const committed = { commit: VALUES, changes: 3, superseded: parts.superseded ?? [] };
  await store.put(objectKeys.commit('run-1'), JSON.stringify(committed));
  const [usual] = settings.environments;
  const environments = [{ ...usual, ...parts.environment }] as typeof settings.environments;
  const dependencies = {
    settings: { ...settings, environments },
    git,
    valuesGit: git,
    tags,
    store,
    clock: createStillClock(Date.UTC(2026, 10, 23)),
  };
  return { made, pages, ranges, store, run: () => tagStep({ run: 'run-1' }, dependencies) };
}

describe('the tag step', () => {
  test('tags the source commit, and makes a page with what each service got and by whose commits', async () => {
    const { run, made, pages, ranges, store } = await makeWorld();

    const { tag } = await run();

    expect(tag).toEqual({ name: 'v1.4.0', commit: SOURCE, url: 'https://github.example/releases/v1.4.0' });
    expect(JSON.parse((await store.get(objectKeys.tag('run-1')))?.toString() ?? '')).toEqual(tag);
    expect(made).toEqual([
      {
        name: 'v1.4.0',
        commit: SOURCE,
        message: `release v1.4.0 by alice\n\n3 services\n\nRun-Id: run-1\nValues-Commit: ${VALUES}`,
      },
    ]);
    expect(pages).toMatchObject([{ tag: 'v1.4.0', title: 'v1.4.0', isPrerelease: false }]);
    const notes = pages[0]?.notes ?? '';
    expect(notes).toContain('2 built, 1 retagged.');
    expect(notes).toContain('## auth v1.4.0: built since v1.3.0\n\n- fix: login (\\#&#8203;7) (#7, Ada)\n');
    expect(notes).toContain('## mail v1.4.0: new\n\n- first release\n');
    expect(notes).toMatch(/## Retagged\n[\s\S]*- etcd v1\.4\.0, was v1\.3\.0\n$/);
    expect(notes).not.toContain('docs');
    expect(ranges).toEqual(['b..c']);
  });

  test('reads the changed inputs where they are stored, also outside of the folder of the service', async () => {
    const { run, pages, store } = await makeWorld({
      commits: async () => [commit('1', 'tools', 'tools/shared.py'), commit('2', 'own', 'auth/test.py')],
    });
    const inputs = (id: string) => ({
      service: 'auth',
      files: [{ path: 'tools/shared.py', mode: '100644', id, rule: 'COPY' }],
      emptyFolders: [],
      recipe: [],
    });
    await store.put(objectKeys.inputs('auth', '1'.repeat(40)), JSON.stringify(inputs('a')));
    await store.put(objectKeys.inputs('auth', '9'.repeat(40)), JSON.stringify(inputs('b')));

    await run();

    expect(pages[0]?.notes).toContain('- tools (');
    expect(pages[0]?.notes).not.toContain('- own (');
  });

  test('can be repeated: a tag that is there with the same commit is fine', async () => {
    const { run, pages } = await makeWorld({ attempt: { kind: 'exists' } });
    await run();
    await expect(run()).resolves.toMatchObject({ tag: { name: 'v1.4.0' } });
    expect(pages).toHaveLength(2);
  });

  test('fails for a tag on another commit, makes no page, and says that the release stays', async () => {
    const { run, pages } = await makeWorld({ attempt: { kind: 'other', commit: 'f'.repeat(40) } });
    await expect(run()).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining(
        'tag v1.4.0 is on commit ffffffff by now, not on cccccccc; the release is complete and stays',
      ),
    });
    expect(pages).toEqual([]);
  });

  test('makes the page without commits if the host cannot list them', async () => {
    const { run, pages } = await makeWorld({
      commits: async () => {
        throw new Error('the history was rewritten');
      },
    });
    await run();
    expect(pages[0]?.notes).toContain('- rebuilt; no commit of this branch changed its files');
  });

  test('makes no tag for a release that a newer one superseded, and for a plan without a tag', async () => {
    const superseded = await makeWorld({ superseded: ['auth'] });
    expect(await superseded.run()).toEqual({ tag: null });
    const untagged = await makeWorld();
    await untagged.store.put(objectKeys.plan('run-1'), JSON.stringify(planOf([])));
    expect(await untagged.run()).toEqual({ tag: null });
    expect([...superseded.made, ...untagged.made]).toEqual([]);
  });

  test.each([
    ['superseded', null],
    ['verified', { name: 'v1.4.0' }],
  ])('of a release whose rollout ended as %s makes the tag %j', async (end, tag) => {
    const { store, run } = await makeWorld({ environment: { then: 'production' } });
    await store.put(objectKeys.rollout('run-1'), JSON.stringify({ report: { end } }));
    const { tag: made } = await run();
    if (tag === null) expect(made).toBeNull();
    else expect(made).toMatchObject(tag);
  });
});
