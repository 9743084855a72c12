import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { tagOfRun } from '../../../core/report/release-tag';
import { parseSettings } from '../../../core/settings/parse-settings';
import { planTag } from '../../../lambdas/plan/plan-tag';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { plannedService, planOf } from '../../support/pipeline/runs';

const BASE = {
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
} as const;
const environments = ['staging', 'production'].map((name) => ({ name, values: `${name}.yaml` }));
const settingsWith = (releaseTag: object) => parseSettings({ ...BASE, environments, releaseTag });
const settings = settingsWith({});

test.each([
  [{}, 'production', 'v1.4.0'],
  [{}, 'staging', undefined],
  [{ environment: 'staging', pattern: 'release/{version}' }, 'staging', 'release/v1.4.0'],
])('with %j a release to %s gets the tag %s', (releaseTag, environment, name) => {
  expect(tagOfRun(planOf([], { environment }), settingsWith(releaseTag))).toBe(name);
});

test.each(['push', 'build', 'rollback'] as const)('a %s gets no tag', (action) => {
  expect(tagOfRun(planOf([], { environment: 'production', action }), settings)).toBeUndefined();
});

test.each([
  [{ pattern: 'v1' }, 'releaseTag.pattern: must contain {version} once'],
  [{ pattern: '{version}{version}' }, 'releaseTag.pattern: must contain {version} once'],
  [{ pattern: 'a..b/{version}' }, 'releaseTag.pattern: is not the name of a tag that git allows'],
  [{ pattern: '{version}.lock' }, 'releaseTag.pattern: is not the name of a tag that git allows'],
  [{ environment: 'prod' }, "releaseTag.environment: names the environment 'prod'; there are: staging, production"],
])('the setting %j is refused', (releaseTag, message) => {
  expect(() => settingsWith(releaseTag)).toThrow(message);
});

describe('the tag of a plan', () => {
  let repository: TestRepository;
  let commits: string[];

  beforeEach(() => {
    repository = createRepository();
    commits = ['1', '2', '3'].map((a) => repository.commit('main', { a }));
  });
  afterEach(() => repository.remove());

  const made = (source: string) => ({ made: { inputDigest: 'd'.repeat(40), source } });
  const plan = (parts: object, services = [plannedService('auth', 'build')]) =>
    planTag(planOf(services, { environment: 'production', commit: commits[1] ?? '', ...parts }), {
      settings,
      git: createLocalGitHost(repository.path),
    });

  test('is on the commit of the plan', async () => {
    expect((await plan({})).tag).toEqual({ name: 'v1.4.0', commit: commits[1] });
  });

  test('of promoted images is on the newest commit that they were built from', async () => {
    const services = [
      plannedService('a', 'retag', made(commits[1] ?? '')),
      plannedService('b', 'retag', made(commits[0] ?? '')),
    ];
    const promoted = await plan({ action: 'promote', commit: commits[2] ?? '' }, services);
    expect(promoted.tag?.commit).toBe(commits[1]);
  });

  test('of images from branches that were never joined is on the commit of the plan', async () => {
    const side = repository.commit('side', { b: '1' });
    const services = [plannedService('a', 'retag', made(commits[0] ?? '')), plannedService('b', 'retag', made(side))];
    expect((await plan({ action: 'promote', commit: commits[2] ?? '' }, services)).tag?.commit).toBe(commits[2]);
  });

  test('that is there with the same commit is fine; with another one it is refused', async () => {
    repository.git('tag', 'v1.4.0', commits[1] ?? '');
    expect((await plan({})).tag?.commit).toBe(commits[1]);
    await expect(plan({ commit: commits[2] ?? '' })).rejects.toThrow(
      `version: tag v1.4.0 is there already, on commit ${commits[1]?.slice(0, 8)}, and this release is of ${commits[2]?.slice(0, 8)}`,
    );
  });

  test('of a release that is complete already stays where it is', async () => {
    repository.git('tag', 'v1.4.0', commits[1] ?? '');
    const services = [plannedService('auth', 'retag', { previousVersion: 'v1.4.0' })];
    expect((await plan({ commit: commits[2] ?? '' }, services)).tag?.commit).toBe(commits[1]);
  });

  test('is on the newest commit in any order of the services', async () => {
    const services = [0, 1].map((at) => plannedService(`s${at}`, 'retag', made(commits[at] ?? '')));
    expect((await plan({ action: 'promote', commit: commits[2] ?? '' }, services)).tag?.commit).toBe(commits[1]);
  });

  test('stays only if each service that gets the version has it already', async () => {
    repository.git('tag', 'v1.4.0', commits[1] ?? '');
    const at = (previousVersion: string, version = 'v1.4.0') =>
      plannedService(`from-${previousVersion}`, 'retag', { previousVersion, version: { kind: 'exact', version } });
    const later = { commit: commits[2] ?? '' };

    expect((await plan(later, [at('v1.4.0'), at('v2.0.0', 'v3.0.0')])).tag?.commit).toBe(commits[1]);
    await expect(plan(later, [at('v1.4.0'), at('v1.3.0')])).rejects.toThrow('tag v1.4.0 is there already');
    await expect(plan(later, [at('v2.0.0', 'v3.0.0')])).rejects.toThrow('tag v1.4.0 is there already');
  });

  test('is none if the plan has no service, or the run makes none', async () => {
    expect(await plan({}, [])).not.toHaveProperty('tag');
    expect(await plan({ environment: 'staging' })).not.toHaveProperty('tag');
  });

  test('is not planned if git does not answer', async () => {
    const git = { ...createLocalGitHost(repository.path), resolve: async () => Promise.reject(new Error('no answer')) };
    const services = [plannedService('auth', 'build')];
    const release = planOf(services, { environment: 'production', commit: commits[1] ?? '' });

    await expect(planTag(release, { settings, git })).rejects.toThrow('no answer');
  });
});
