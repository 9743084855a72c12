import { buffer } from 'node:stream/consumers';
import { createGitHubHost } from '../../../../adapters/git/github/git-host';
import type { GitHost } from '../../../../core/ports/git';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { type FakeGitHub, type GitHubFault, startFakeGitHub, TOKEN } from '../../../support/git-hosts/fake-github';

function hostOf(github: FakeGitHub, waited: number[] = []): GitHost {
  const sleep = async (milliseconds: number) => void waited.push(milliseconds);
  const clock = { now: () => 1_760_000_000_000, sleep };
  return createGitHubHost({
    repository: 'cloud-tuner/optscale',
    apiUrl: github.apiUrl,
    token: async () => TOKEN,
    clock,
  });
}

describeGitHost('GitHub', async (repository) => {
  const github = await startFakeGitHub(repository);
  return { host: hostOf(github), stop: github.stop };
});

describe('GitHub', () => {
  let repository: TestRepository;
  let github: FakeGitHub;
  let waited: number[];
  let host: GitHost;

  beforeEach(async () => {
    repository = createRepository();
    github = await startFakeGitHub(repository);
    waited = [];
    host = hostOf(github, waited);
  });
  afterEach(async () => {
    await github.stop();
    repository.remove();
  });

  /** Injects the fault into the first `times` requests of an operation. */
  function injectFault(operation: string, fault: GitHubFault, times = 1): void {
    let left = times;
    github.fault = (asked) => {
      if (!asked.startsWith(operation) || left === 0) return undefined;
      left -= 1;
      return fault;
    };
  }

  const proposal = (parent: string) => ({
    branch: 'main',
    parent,
    files: [{ path: 'values.yaml', content: 'tag: v2\n' }],
    message: 'release v2\n\nRun-Id: r\n',
  });

  async function readPlan(ref: string): Promise<void> {
    const commit = await host.resolve(ref, ['values.yaml', 'none']);
    const tree = await host.tree(commit);
    const idOf = (path: string) => tree.filter((entry) => entry.path.startsWith(path)).map((entry) => entry.id);
    await host.blobs(idOf('values'));
    await host.blobs(idOf('Dockerfile'));
    await buffer(await host.archive(commit));
  }

  test('gets four requests for a plan and three for the next plan of the same Dockerfiles', async () => {
    const dockerfiles = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`Dockerfile.${i}`, `FROM a${i}\n`]));
    repository.commit('main', { ...dockerfiles, 'values.yaml': 'tag: v1\n' });
    await readPlan('main');
    expect(github.requests.map((request) => request.slice(0, 10))).toEqual([
      'Resolve',
      '/git/trees',
      'Blobs',
      '/tarball/2'.slice(0, 9) + (github.requests[3]?.[9] ?? ''),
    ]);

    github.requests.length = 0;
    repository.commit('main', { 'values.yaml': 'tag: v2\n' });
    await readPlan('main');

    expect(github.requests).toHaveLength(3);
  });

  test('never uses a prefetched file that was truncated or re-encoded', async () => {
    const files = { latin1: Buffer.from([0x66, 0xfc]), long: 'ü'.repeat(400_000), text: 'x' };
    const commit = await host.resolve(repository.commit('main', files), Object.keys(files));
    const tree = await host.tree(commit);
    const idOf = (path: string) => tree.filter((entry) => entry.path === path).map((entry) => entry.id);
    github.requests.length = 0;

    await host.blobs(idOf('text'));
    expect(github.requests).toEqual([]);
    await host.blobs([...idOf('latin1'), ...idOf('long')]);
    expect(github.requests[0]).toBe('Blobs');
  });

  test('lists a tree folder by folder if one reply is too small for it', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i % 4}/b${i % 3}/f${i}`, `${i}`]));
    const commit = repository.commit('main', { ...files, 'a0-': 'sorted between', top: 'x' });
    const whole = await hostOf(github).tree(commit);
    github.treeLimit = 12;

    expect(await host.tree(commit)).toEqual(whole);
    expect(whole).toHaveLength(42);
  });

  test('refuses a folder that GitHub lists incompletely', async () => {
    const commit = repository.commit('main', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'x'])));
    github.treeLimit = 12;

    await expect(host.tree(commit)).rejects.toMatchObject({ name: 'GitHostError' });
  });

  test('returns exact bytes of files that GitHub re-encodes, truncates or omits', async () => {
    const files = { latin1: Buffer.from([0x66, 0xfc]), long: 'ü'.repeat(400_000), binary: Buffer.from([0, 1]) };
    const tree = await host.tree(repository.commit('main', files));

    const blobs = await host.blobs(tree.map((entry) => entry.id));

    for (const { path, id } of tree) {
      expect(blobs.get(id)?.equals(Buffer.from(files[path as keyof typeof files]))).toBe(true);
    }
  });

  test('restores files that export attributes remove from the tarball, and sends no token to the tarball host', async () => {
    const files = { '.gitattributes': 'a export-ignore\nb export-subst\n', a: 'secret', b: '$Format:%H$' };
    const commit = repository.commit('main', files);

    const archive = await buffer(await host.archive(commit));

    expect(github.requests.filter((request) => request === 'Blobs')).toHaveLength(1);
    expect(archive.length).toBeGreaterThan(0);
    expect(github.leaked).toEqual([]);
  });

  test('fails an archive that breaks off instead of ending it early', async () => {
    const commit = repository.commit('main', { a: '1' });
    injectFault('/tarball', { kind: 'reply', status: 200, body: 'no tarball' });

    const archive = await host.archive(commit);

    await expect(buffer(archive)).rejects.toMatchObject({ name: 'GitHostError' });
  });

  describe('when the reply to a commit is lost', () => {
    test('finds the new commit', async () => {
      const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
      injectFault('Commit', { kind: 'lost' });

      const attempt = await host.commit(proposal(parent));

      expect(attempt).toEqual({ kind: 'committed', commit: repository.git('rev-parse', 'main') });
      expect(repository.git('rev-list', '--count', 'main')).toBe('2');
    });

    test('finds the new commit below later commits', async () => {
      const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
      let ours = '';
      github.fault = (operation) => {
        if (operation !== 'FindCommit' || ours !== '') return operation === 'Commit' ? { kind: 'lost' } : undefined;
        ours = repository.git('rev-parse', 'main');
        repository.commit('main', { other: 'x' });
        return undefined;
      };

      expect(await host.commit(proposal(parent))).toEqual({ kind: 'committed', commit: ours });
    });

    test('retries if there is no new commit', async () => {
      const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
      injectFault('Commit', { kind: 'reset' });

      expect(await host.commit(proposal(parent))).toMatchObject({ kind: 'committed' });
      expect(repository.git('rev-list', '--count', 'main')).toBe('2');
    });

    test('fails if GitHub never replies and there is no new commit', async () => {
      const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
      injectFault('Commit', { kind: 'reply', status: 502 }, 99);

      await expect(host.commit(proposal(parent))).rejects.toMatchObject({ name: 'GitHostError' });
      expect(repository.git('rev-parse', 'main')).toBe(parent);
    });
  });

  test('does not mistake the same change by another person for its own commit', async () => {
    const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
    let head = '';
    github.fault = (operation) => {
      if (operation === 'Commit' && head === '')
        head = repository.commit('main', { 'values.yaml': 'tag: v2\n' }, 'mine');
      return undefined;
    };

    expect(await host.commit(proposal(parent))).toEqual({ kind: 'moved', head });
  });

  test("reports a protected branch with GitHub's message", async () => {
    const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
    const errors = [{ type: 'FORBIDDEN', message: 'Changes must be made through a pull request.' }];
    injectFault('Commit', { kind: 'reply', status: 200, body: JSON.stringify({ data: null, errors }) });

    await expect(host.commit(proposal(parent))).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining('through a pull request'),
    });
  });

  test.each([
    ['a wrong token', { kind: 'reply', status: 401, body: '{"message":"Bad credentials"}' }],
    ['a missing permission', { kind: 'reply', status: 403, body: '{"message":"Resource not accessible"}' }],
    ['an HTML page of a proxy', { kind: 'reply', status: 200, body: '<html>' }],
    ['a body that is not an object', { kind: 'reply', status: 200, body: 'null' }],
    ['an unexpected shape', { kind: 'reply', status: 200, body: '{"data":{"repository":7}}' }],
    ['servers that are down', { kind: 'reply', status: 503 }],
  ] as const)('reports %s without the token', async (_, fault) => {
    repository.commit('main', { a: '1' });
    injectFault('Resolve', fault, 99);

    const failure = await host.resolve('main').catch((error: Error) => error);

    expect(failure).toMatchObject({ name: 'GitHostError' });
    expect(String((failure as Error).message)).not.toContain(TOKEN);
    expect((failure as Error).message.length).toBeLessThan(600);
  });

  test('reports a repository that is missing or hidden from the token', async () => {
    const options = { apiUrl: github.apiUrl, token: async () => TOKEN, clock: { now: () => 0, sleep: async () => {} } };
    const elsewhere = createGitHubHost({ ...options, repository: 'cloud-tuner/nothing' });

    await expect(elsewhere.resolve('main')).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining('NOT_FOUND'),
    });
  });

  describe('when a rate limit is reached', () => {
    const limited = (headers: Record<string, string>, status = 403): GitHubFault => ({
      kind: 'reply',
      status,
      headers,
      body: '{"message":"API rate limit exceeded"}',
    });

    test.each([
      ['retry-after', limited({ 'retry-after': '7' })],
      ['the time of the reset', limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1760000007' })],
      ['retry-after with 429', limited({ 'retry-after': '7' }, 429)],
    ])('waits as long as %s requires and then continues', async (_, fault) => {
      const commit = repository.commit('main', { a: '1' });
      injectFault('/git/trees', fault);

      expect(await host.tree(commit)).toHaveLength(1);
      expect(waited).toContain(7000);
    });

    test('waits if GraphQL reports the limit in a successful reply', async () => {
      const commit = repository.commit('main', { a: '1' });
      const body = JSON.stringify({ errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] });
      injectFault('Resolve', { kind: 'reply', status: 200, headers: { 'retry-after': '3' }, body });

      expect(await host.resolve('main')).toBe(commit);
      expect(waited).toContain(3000);
    });

    test('fails at once if the limit lasts too long for a run', async () => {
      const commit = repository.commit('main', { a: '1' });
      injectFault('/git/trees', limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1760003000' }), 99);

      await expect(host.tree(commit)).rejects.toMatchObject({ message: expect.stringContaining('50 minutes') });
      expect(github.requests).toHaveLength(1);
    });
  });
});
