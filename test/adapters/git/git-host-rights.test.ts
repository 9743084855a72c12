/** The rights of the pipeline's login are checked without changing anything. */
import { systemClock } from '../../../adapters/clock';
import { readGitHubRights } from '../../../adapters/git/github/rights';
import { readGitLabRights } from '../../../adapters/git/gitlab/rights';
import type { GitTask } from '../../../core/settings/git-login';
import {
  type FakeHooks,
  HOOKS_REPOSITORY,
  HOOKS_TOKEN,
  startFakeGitHubHooks,
  startFakeGitLabHooks,
} from '../../support/git-hosts/fake-hooks';
import { describeRest } from '../../support/git-hosts/github-description';

let fake: FakeHooks;

afterEach(() => fake.stop());

const ALL: readonly GitTask[] = ['commit', 'read', 'announce', 'comment'];
const READER: readonly GitTask[] = ['read', 'announce', 'comment'];

const optionsOf = ({ apiUrl }: FakeHooks, token = HOOKS_TOKEN, tasks = ALL) => ({
  tasks,
  isApp: false,
  apiUrl,
  repository: HOOKS_REPOSITORY,
  token: async () => token,
  clock: systemClock,
});

describe('rights on GitHub', () => {
  test('are complete if GitHub refuses each write for its content only', async () => {
    fake = await startFakeGitHubHooks();

    expect(await readGitHubRights(optionsOf(fake))).toEqual({
      missing: [],
      excess: [],
      facts: ['repository team/monorepo', 'scopes repo'],
    });
    const { problems } = describeRest();
    // The description does not document the refusal of a status.
    const described = fake.exchanges.filter(({ path }) => !path.includes('/statuses/'));
    expect(described.flatMap(problems)).toEqual([]);
  });

  test('that are missing are listed', async () => {
    fake = await startFakeGitHubHooks({ writes: false, seesHooks: false });

    expect(await readGitHubRights(optionsOf(fake))).toMatchObject({
      missing: ['contents: write', 'commit statuses: write', 'pull requests: write'],
    });
  });

  test('to comment are checked only if comments are turned on', async () => {
    fake = await startFakeGitHubHooks({ writes: false, seesHooks: false });

    const tasks: readonly GitTask[] = ['commit', 'read', 'announce'];
    const { missing } = await readGitHubRights(optionsOf(fake, HOOKS_TOKEN, tasks));

    expect(missing).toEqual(['contents: write', 'commit statuses: write']);
    expect(fake.exchanges.filter(({ path }) => path.includes('/issues/'))).toEqual([]);
  });

  test('of an App include check runs instead of statuses', async () => {
    fake = await startFakeGitHubHooks();
    const rightsOf = () => readGitHubRights({ ...optionsOf(fake), isApp: true });

    expect((await rightsOf()).missing).toEqual(['checks: write']);
    fake.replies.set('POST /repos/team/monorepo/check-runs', { status: 422, body: { message: 'No commit found' } });
    expect((await rightsOf()).missing).toEqual([]);
    expect(fake.exchanges.filter(({ path }) => path.includes('/statuses/'))).toEqual([]);
  });

  test('of the reader are too many if it can commit', async () => {
    fake = await startFakeGitHubHooks();

    expect(await readGitHubRights(optionsOf(fake, HOOKS_TOKEN, READER))).toMatchObject({
      missing: [],
      excess: ['contents: write'],
    });
  });

  test('of the reader are reading, announcing and commenting', async () => {
    fake = await startFakeGitHubHooks({ writes: true, seesHooks: false, commits: false });

    expect(await readGitHubRights(optionsOf(fake, HOOKS_TOKEN, READER))).toMatchObject({ missing: [], excess: [] });
    // The description does not document these refusals.
    const described = fake.exchanges.filter(({ method }) => method === 'GET');
    expect(described.map(({ path }) => path)).toContain('/repos/team/monorepo/commits?per_page=1');
    expect(described.flatMap(describeRest().problems)).toEqual([]);
  });

  test.each([403, 404])('of a reader that gets %i for commits do not include reading', async (status) => {
    fake = await startFakeGitHubHooks({ writes: true, seesHooks: false, commits: false });
    fake.replies.set('GET /repos/team/monorepo/commits', { status, body: { message: 'Not Found' } });

    expect((await readGitHubRights(optionsOf(fake, HOOKS_TOKEN, READER))).missing).toEqual(['contents: read']);
  });

  test('are missing for an archived repository', async () => {
    fake = await startFakeGitHubHooks();
    fake.replies.set('GET /repos/team/monorepo', { body: { full_name: 'team/monorepo', archived: true } });

    expect((await readGitHubRights(optionsOf(fake))).missing).toEqual(['a repository that is not archived']);
  });

  test('cannot be checked with an invalid token, and the error does not contain the token', async () => {
    fake = await startFakeGitHubHooks();

    const error = await readGitHubRights(optionsOf(fake, 'ghp_wrongwrongwrong')).catch((thrown: Error) => thrown);

    expect(error).toMatchObject({ name: 'GitHostError', status: 401 });
    expect(String(error)).not.toContain('wrongwrong');
  });
});

describe('rights on GitLab', () => {
  test('consist of scopes and a role', async () => {
    fake = await startFakeGitLabHooks();

    expect(await readGitLabRights(optionsOf(fake))).toEqual({
      missing: [],
      excess: [],
      facts: ['project team/monorepo', 'scopes api, write_repository', 'expires 2027-06-01'],
    });
  });

  test('that are missing are listed', async () => {
    fake = await startFakeGitLabHooks({ scopes: ['read_api'], level: 30 });

    expect(await readGitLabRights(optionsOf(fake))).toMatchObject({
      missing: ['scope api', 'scope write_repository', 'role maintainer'],
    });
  });

  test.each([
    [['api', 'read_repository'], 30, [], []],
    [['read_api'], 20, ['scope api', 'scope read_repository', 'role developer'], []],
    [['api', 'read_repository', 'write_repository'], 40, [], ['scope write_repository', 'role maintainer']],
  ])('of a reader with %j and role %i', async (scopes, level, missing, excess) => {
    fake = await startFakeGitLabHooks({ scopes, level });

    expect(await readGitLabRights(optionsOf(fake, HOOKS_TOKEN, READER))).toMatchObject({ missing, excess });
  });
});
