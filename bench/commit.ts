/** How long a commit to a git server on this machine takes: the whole commit step, over git's own protocol. Part of `npm run bench:values`. */
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

/** Every round is a push of one service, and beside it git's own push of one commit to another branch of the same server. */
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

/** A clone from which git pushes; only the push itself is measured, in ms. */
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
      // The server answers from this process, which must not stand still.
      await promisify(execFile)('git', push, options);
      return performance.now() - start;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
