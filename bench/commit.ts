/** How long a commit to a git server on this machine takes: the whole commit step, over git's own protocol. Part of `npm run bench:values`. */
import { makeRaceWorld, pushOf } from '../test/support/race-world';

/** Every round is a push of one service; gives milliseconds, one for each round. */
export async function measureCommits(rounds: number): Promise<readonly number[]> {
  const world = await makeRaceWorld('git http-backend');
  try {
    const times: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const source = await world.commitForeign('change auth', async () => ({ 'auth/main.py': `${round}` }));
      const record = pushOf(`run-${round}`, source, `v1.1.0-dev-${round + 1}`, ['auth']);
      const start = performance.now();
      const { result, error } = await world.play(record);
      times.push(performance.now() - start);
      if (typeof result?.commit !== 'string') throw new Error(`round ${round} made no commit: ${error?.message}`);
    }
    return times;
  } finally {
    await world.stop();
  }
}
