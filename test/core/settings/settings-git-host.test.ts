/** Settings of the git host: the logins of the pipeline and comments on pull requests. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const APP = { appId: 4711, installationId: 77 };

const problems = (settings: object) => problemsOf({ ...SMALLEST, ...settings });

describe('a GitHub App', () => {
  test('consists of two numbers', () => {
    const { git } = parseSettings({ ...SMALLEST, git: { host: 'github', repository: 'a/b', app: APP } });

    expect(git).toMatchObject({ app: APP });
  });

  test.each([
    ['half of one', { host: 'github', repository: 'a/b', app: { appId: 4711 } }, /^git\.app\.installationId: /],
    ['a number as text', { host: 'github', repository: 'a/b', app: { ...APP, appId: '4711' } }, /^git\.app\.appId: /],
    [
      'one on GitLab',
      { host: 'gitlab', repository: 'a/b', app: APP },
      /^git\.app: is not a setting; allowed here: host, /,
    ],
  ])('%s is refused', (_, git, message) => {
    expect(problems({ git })).toEqual([expect.stringMatching(message)]);
  });
});

describe('the reader', () => {
  const github = { host: 'github', repository: 'a/b' };

  test.each<[string, object]>([
    ['a token beside a token', { ...github, reader: 'token' }],
    ['a token beside an App', { ...github, app: APP, reader: 'token' }],
    ['an App of its own', { ...github, app: APP, reader: { appId: 4712, installationId: 78 } }],
    ['a token on GitLab', { host: 'gitlab', repository: 'a/b', reader: 'token' }],
  ])('may be %s', (_, git) => {
    expect(problems({ git })).toEqual([]);
  });

  test.each([
    [
      'the App that commits',
      { ...github, app: APP, reader: APP },
      /^git\.reader\.appId: is 4711, the App that commits/,
    ],
    ['an App on GitLab', { host: 'gitlab', repository: 'a/b', reader: APP }, /^git\.reader: /],
    ['another word', { ...github, reader: 'yes' }, /^git\.reader: /],
    [
      'on one machine',
      { host: 'local', path: '/srv/a.git', reader: 'token' },
      /^git\.reader: is not a setting; allowed here: host, path$/,
    ],
  ])('may not be %s', (_, git, message) => {
    expect(problems({ git })).toEqual([expect.stringMatching(message)]);
  });
});

describe('comments on pull requests', () => {
  test('are off by default, for forks too', () => {
    const git = { host: 'github', repository: 'a/b' } as const;
    const of = (settings: object) => parseSettings({ ...SMALLEST, git, ...settings }).pullRequests;

    expect(of({})).toEqual({ comment: false, forks: false });
    expect(of({ pullRequests: { comment: true } })).toEqual({ comment: true, forks: false });
  });

  test('are refused for a git host without comments', () => {
    expect(problems({ git: { host: 'local', path: '/srv/a.git' }, pullRequests: { comment: true } })).toEqual([
      expect.stringMatching(/^pullRequests\.comment: is true, and git\.host is 'local'/),
    ]);
  });
});

describe('the id of the repository', () => {
  const azure = { host: 'azure-devops', repository: 'team/Cloud Tuner/mono' };
  const uuid = '278d5cd2-584d-4b63-824a-2ba458937249';

  test.each<[string, object]>([
    ['a number on GitHub', { host: 'github', repository: 'a/b', repositoryId: 1 }],
    ['a UUID in braces on Bitbucket Cloud', { host: 'bitbucket', repository: 'a/b', repositoryId: `{${uuid}}` }],
    ['a UUID on Azure DevOps', { ...azure, repositoryId: uuid }],
  ])('may be %s', (_, git) => {
    expect(problems({ git })).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ['a text on GitHub', { host: 'github', repository: 'a/b', repositoryId: uuid }, /^git\.repositoryId: /],
    ['a number on Bitbucket', { host: 'bitbucket', repository: 'a/b', repositoryId: 1 }, /^git\.repositoryId: /],
    ['missing on Azure DevOps', azure, /^git\.repositoryId: /],
    [
      'in capitals, which deliveries do not have',
      { ...azure, repositoryId: uuid.toUpperCase() },
      /^git\.repositoryId: /,
    ],
  ])('cannot be %s', (_, git, message) => {
    expect(problems({ git })).toEqual([expect.stringMatching(message)]);
  });

  test('an Azure repository has three parts', () => {
    const git = { ...azure, repository: 'team/mono', repositoryId: uuid };

    expect(problems({ git })).toEqual([expect.stringMatching(/^git\.repository: .*organization\/project\/repository/)]);
  });
});
