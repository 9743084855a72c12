/** Measures a commit to a git server on this machine: the whole commit step over git's own protocol. Part of `npm run bench:values`. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from '../test/support/git/git-repository';
import { GITLAB_TOKEN } from '../test/support/git-hosts/fake-gitlab';
import { makeRaceWorld, pushOf, type RaceWorld } from '../test/support/races/race-world';
import type { Round } from './support/side-by-side';

const PROJECT = 'cloud-tuner/platform/optscale.git';

/** Each round pushes one service, and beside it lets git push one commit to another branch of the same server. */
export async function measureCommits(rounds: number): Promise<readonly Round[]> {
  const world = await makeRaceWorld('git http-backend');
  const pusher = makePusher(world);
  try {
    const times: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const source = await world.commitForeign('change auth', async () => ({ 'auth/main.py': `${round}` }));
      const record = pushOf(`run-${round}`, source, `v1.1.0-dev-${round + 1}`, ['auth']);
      const start = performance.now();
      const { result, error } = await world.play(record);
      const work = performance.now() - start;
      if (typeof result?.commit !== 'string') throw new Error(`round ${round} made no commit: ${error?.message}`);
      times.push({ work, floor: await pusher.push() });
    }
    return times;
  } finally {
    pusher.remove();
    await world.stop();
  }
}

/** Returns a clone that git pushes from. Measures only the push itself, in ms. */
function makePusher({ url, repository }: RaceWorld) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-push-'));
  const options = { env: { ...gitEnvironment(), HOME: folder } };
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...identity, ...args], options);
  execFileSync('git', ['clone', '--quiet', repository.path, folder], options);
  const login = `http.extraHeader=Authorization: Basic ${Buffer.from(`oauth2:${GITLAB_TOKEN}`).toString('base64')}`;
  const push = ['-C', folder, '-c', login, 'push', '--quiet', `${url}/${PROJECT}`, 'HEAD:refs/heads/bare'];
  return {
    push: async () => {
      git('commit', '--quiet', '--allow-empty', '-m', 'one more');
      const start = performance.now();
      // The server runs in this process, so the push must not block it.
      await promisify(execFile)('git', push, options);
      return performance.now() - start;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
