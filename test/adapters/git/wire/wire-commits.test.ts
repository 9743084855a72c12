/** The commits of a release over git's own protocol, in histories that are deeper than the first fetch. */
import { createWireTags } from '../../../../adapters/git/wire/tags';
import { type GitHttpServer, startGitHttpServer } from '../../../support/git/git-http-server';
import { createRepository, execGit, type TestRepository } from '../../../support/git/git-repository';

let repository: TestRepository;
let server: GitHttpServer;

beforeEach(async () => {
  repository = createRepository();
  server = await startGitHttpServer({
    repository: repository.path,
    path: 'a.git',
    authorization: 'Basic x',
    other: (_, response) => response.writeHead(404).end(),
  });
});
afterEach(async () => {
  await server.stop();
  repository.remove();
});

function commits(since: string, until: string) {
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  const tags = createWireTags({ url: `${server.url}/a.git`, authorization: async () => 'Basic x', clock });
  return tags.commits(since, until, 1000);
}

/** Makes a commit with these parents, at that minute. */
function commit(minute: number, ...parents: readonly string[]): string {
  const tree = repository.git('rev-parse', `${parents[0]}^{tree}`);
  const who = `Ada <ada@example.com> ${1_760_000_000 + minute * 60} +0000`;
  const above = parents.map((id) => `parent ${id}\n`).join('');
  const input = `tree ${tree}\n${above}author ${who}\ncommitter ${who}\n\nminute ${minute}\n`;
  const args = ['-C', repository.path, 'hash-object', '-t', 'commit', '-w', '--stdin'];
  return execGit(args, input).toString().trim();
}

test('are all told if the last release is further back than the first fetch', async () => {
  const first = repository.commit('main', { a: '1' });
  let last = first;
  for (let minute = 1; minute <= 70; minute += 1) last = commit(minute, last);
  repository.git('update-ref', 'refs/heads/main', last);

  expect(await commits(first, last)).toHaveLength(70);
});

test('leave out a merged branch that is older than the first fetch of the last release', async () => {
  const root = repository.commit('main', { a: '1' });
  const fork = commit(1, root);
  let since = fork;
  for (let minute = 2; minute <= 80; minute += 1) since = commit(minute, since);
  const side = commit(81, fork);
  const merge = commit(82, since, side);
  repository.git('update-ref', 'refs/heads/main', merge);

  expect((await commits(since, merge)).map((each) => each.commit)).toEqual([merge, side]);
});
