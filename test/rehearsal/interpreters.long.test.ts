/** All cases on the local runtime. `npm run rehearse -- interpreters` also runs them on the emulator's interpreter. */
import { CASES, judge, runLocally } from '../../rehearsal/interpreters/compare';

test.each(CASES.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
  expect(judge('local', each, await runLocally(each))).toEqual([]);
});

test('an outcome that is neither specified nor a known difference is a problem', () => {
  const [first] = CASES;
  expect(first && judge('local', first, { status: 'FAILED', error: 'Mine' })).toHaveLength(1);
});
