/** Requests of a plan to the git host, source archive included: at most five times, and three where the blobs are known by id. */
import { createGitHubHost } from '../../../adapters/git/github/git-host';
import { createGitLabHost } from '../../../adapters/git/gitlab/git-host';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlanResult } from '../../../core/contract/plan';
import type { GitHost } from '../../../core/ports/git';
import { planStep } from '../../../lambdas/plan/plan';
import type { TestRepository } from '../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import { FILES, VALUES } from '../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld } from './plan-world';

const MAX_COLD = 5;
const MAX_WARM = 3;
const UNKNOWN = '0123456789abcdef0123456789abcdef01234567';

interface Served {
  /** A host as a new process has it: it knows nothing yet. */
  newHost(): GitHost;
  /** Requests so far, in the words of the fake. */
  readonly requests: string[];
  /** Called for each request, before it is answered. */
  onRequest(listener: (operation: string) => void): void;
  stop(): Promise<void>;
}

const clock = { now: () => 1_760_000_000_000, sleep: async () => undefined };

async function serveGitHub(repository: TestRepository): Promise<Served> {
  const github = await startFakeGitHub(repository);
  const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
  return {
    newHost: () => createGitHubHost(options),
    requests: github.requests,
    onRequest: (listener) => {
      github.fault = (operation) => void listener(operation);
    },
    stop: github.stop,
  };
}

async function serveGitLab(repository: TestRepository): Promise<Served> {
  const gitlab = await startFakeGitLab(repository);
  const apiUrl = `${gitlab.url}/api/v4`;
  const options = { repository: 'cloud-tuner/platform/optscale', apiUrl, token: async () => GITLAB_TOKEN, clock };
  return {
    newHost: () => createGitLabHost(options),
    requests: gitlab.requests,
    onRequest: (listener) => {
      gitlab.fault = (path) => void listener(path);
    },
    stop: gitlab.stop,
  };
}

type Action = 'push' | 'release' | 'build';

/** An input for the branch `main` as it is now, which is at `commit`. */
function inputOf(action: Action, commit: string): object {
  if (action === 'push') return { action, ref: 'refs/heads/develop', commit };
  if (action === 'release') return { action, version: 'v1.4.0', ref: 'main' };
  return { action, services: ['restapi', 'auth'], version: 'v1.4.0-hotfix-1', ref: 'main' };
}

describe.each([
  ['GitHub', serveGitHub, { push: [4, 3], release: [4, 3], build: [4, 3] }],
  ['GitLab', serveGitLab, { push: [4, 2], release: [5, 3], build: [5, 3] }],
] as const)('a plan on %s', (_, serve, expected) => {
  let world: PlanWorld;
  let served: Served;
  let host: GitHost;

  beforeEach(async () => {
    world = makePlanWorld();
    served = await serve(world.repository);
    host = served.newHost();
  });
  afterEach(async () => {
    await served.stop();
    world.remove();
  });

  const head = () => world.repository.git('rev-parse', 'main');

  /** Runs the plan step and says how many requests it made. */
  async function plan(input: object, run: string, redrives = 0): Promise<{ result: PlanResult; asked: string[] }> {
    served.requests.length = 0;
    const result = await planStep({ run, input, redrives }, { ...world.dependencies, git: host });
    return { result, asked: [...served.requests] };
  }

  const isStored = (commit: string) => world.dependencies.store.exists(objectKeys.source(commit));

  /** Changes from one run to the next: sources, catalog, values file and version lock, but no Dockerfile. */
  function change(round: number): string {
    return world.repository.commit('main', {
      'pipeline.yaml': `${FILES['pipeline.yaml']}# ${round}\n`,
      'chart/values.yaml': `${VALUES}# ${round}\n`,
      'chart/version-lock.yaml': `# ${round}\n`,
      'rest_api/main.py': `print(${round})\n`,
      'auth/more/main.py': `print(${round})\n`,
    });
  }

  test.each(['push', 'release', 'build'] as const)('for a %s asks seldom, the archive included', async (action) => {
    const [cold, warm] = expected[action];
    const first = await plan(inputOf(action, head()), 'run-1');

    expect(first.result.totals.build).toBeGreaterThan(0);
    expect(await isStored(head())).toBe(true);
    expect(first.asked).toHaveLength(cold);
    expect(first.asked.length).toBeLessThanOrEqual(MAX_COLD);

    for (const round of [1, 2, 3, 4, 5]) {
      const commit = change(round);
      const next = await plan(inputOf(action, commit), `run-1-${round}`);

      expect(next.result.commit).toBe(commit);
      expect(await isStored(commit)).toBe(true);
      expect(next.asked).toHaveLength(warm);
      expect(next.asked.length).toBeLessThanOrEqual(MAX_WARM);
    }
  });

  test('is warm on a diverged branch, too', async () => {
    world.repository.git('branch', 'hotfix/login', 'main');
    change(1);
    await plan(inputOf('release', head()), 'run-1');
    const commit = world.repository.commit('hotfix/login', { 'rest_api/main.py': 'print(0)\n' });

    const { result, asked } = await plan({ ...inputOf('build', commit), ref: 'hotfix/login' }, 'run-2');

    expect(result.commit).toBe(commit);
    expect(asked.length).toBeLessThanOrEqual(MAX_WARM);
  });

  test('is the same, warm or cold', async () => {
    await plan(inputOf('release', head()), 'run-1');
    change(1);
    world.repository.commit('main', { 'auth/Dockerfile': 'FROM scratch\nCOPY auth /\n', 'ngui/index.html': null });
    const read = async (run: string) => {
      await plan({ ...inputOf('release', head()), dryRun: true }, run);
      const stored = await world.dependencies.store.get(objectKeys.plan(run));
      return { ...(JSON.parse(stored?.toString('utf8') ?? '') as Plan), run: '' };
    };
    const warm = await read('run-2');
    host = served.newHost();

    expect(warm).toEqual(await read('run-3'));
  });

  test('of a dry run asks for no archive', async () => {
    const { asked } = await plan({ ...inputOf('release', head()), dryRun: true }, 'run-1');

    expect(asked).toHaveLength(expected.release[0] - 1);
    expect(await isStored(head())).toBe(false);
  });

  test('of a redriven run needs as few requests, and stays at its commit', async () => {
    const first = head();
    await plan(inputOf('release', first), 'run-1');
    change(1);
    host = served.newHost();

    const again = await plan(inputOf('release', head()), 'run-1', 1);

    expect(again.result.commit).toBe(first);
    expect(again.asked.length).toBeLessThanOrEqual(MAX_WARM);
  });

  test('is made from one commit, even if the branch moves meanwhile', async () => {
    const first = head();
    let moves = 0;
    // After the branch was looked up, before anything else is read.
    served.onRequest(() => {
      moves += 1;
      if (moves > 1) change(moves);
    });

    const { result } = await plan(inputOf('release', first), 'run-1');

    expect(moves).toBeGreaterThan(2);
    expect(result.commit).toBe(first);
    const stored = await world.dependencies.store.get(objectKeys.plan('run-1'));
    host = served.newHost();
    served.onRequest(() => undefined);
    world.repository.reset('main', first);
    await plan({ ...inputOf('release', first) }, 'run-2');
    const calm = await world.dependencies.store.get(objectKeys.plan('run-2'));
    expect(stored?.toString().replaceAll('run-1', 'run-2')).toBe(calm?.toString());
  });

  test.each(['cold', 'warm'])('for a push of an object that is not a commit is refused, %s', async (state) => {
    if (state === 'warm') await plan(inputOf('push', head()), 'run-1');
    const tree = world.repository.git('rev-parse', 'main^{tree}');

    for (const commit of [UNKNOWN, tree]) {
      await expect(plan(inputOf('push', commit), 'run-2')).rejects.toMatchObject({
        name: 'InvalidInput',
        problems: [{ path: 'ref', message: expect.stringContaining(`'${commit}' is neither a branch nor a tag`) }],
      });
      expect(served.requests.length).toBeLessThanOrEqual(MAX_WARM);
    }
  });

  test('for a missing branch is refused after one request', async () => {
    await expect(plan({ ...inputOf('release', head()), ref: 'nowhere' }, 'run-1')).rejects.toMatchObject({
      name: 'InvalidInput',
    });
    expect(served.requests.length).toBeLessThanOrEqual(1);
  });
});
