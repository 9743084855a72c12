/** The table of cases on the local runtime alone; `npm run rehearse -- interpreters` runs it on the emulator's interpreter, too. */
import { CASES } from '../../rehearsal/interpreters/cases/all';
import { judge, runLocally } from '../../rehearsal/interpreters/compare';

test.each(CASES.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
  expect(judge('local', each, await runLocally(each))).toEqual([]);
});

test('an outcome that is neither specified nor known is a problem', () => {
  const [first] = CASES;
  expect(first && judge('local', first, { status: 'FAILED', error: 'Mine' })).toHaveLength(1);
});
