/** The rehearsal finds mistakes: without one, runs pass, and each planted mistake makes a run fail. */
import { deployWith, MISTAKES } from '../../rehearsal/mistakes';
import { type Prepared, prepare } from '../../rehearsal/prepare';
import { playPush, playRelease } from '../../rehearsal/rights/probes';

const PLAYS = { push: playPush, release: playRelease };
const LIMIT_MS = 900_000;
let prepared: Prepared;

beforeAll(async () => {
  prepared = await prepare({ builder: 'embedded', onStep: () => undefined });
}, LIMIT_MS);
afterAll(() => prepared?.close());

test('without a mistake a push and a release pass', async () => {
  await expect(playPush(prepared.world)).resolves.toBeUndefined();
  await expect(playRelease(prepared.world)).resolves.toBeUndefined();
}, 900_000);

test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  'a mistake in %s makes the rehearsal fail',
  async (_name, mistake) => {
    await deployWith(prepared.world, mistake);

    await expect(PLAYS[mistake.scene](prepared.world)).rejects.toThrow(mistake.message);
  },
  LIMIT_MS,
);
