/** Whole runs that undo other runs, on one machine. */
import { makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';

const VALUES = 'chart/values.yaml';

let pipeline: SmallPipeline;
let released: string;
let afterFirst: string;

beforeAll(async () => {
  pipeline = await makeSmallPipeline();
  await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
  afterFirst = pipeline.read(VALUES);
  pipeline.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
  released = (await pipeline.report('release', '--version', 'v1.5.0', '--ref', 'main')).run;
}, 180_000);

afterAll(() => pipeline.remove());

test('a rollback of a release restores the values file as it was, in a new commit that names the run and the reason', async () => {
  const report = await pipeline.report('rollback', '--run', released, '--reason', 'logins fail');

  expect(report).toMatchObject({ status: 'SUCCEEDED', version: 'v1.4.0', counts: { retagged: 4 } });
  expect(pipeline.read(VALUES)).toBe(afterFirst);
  const message = pipeline.repository.git('log', '-1', '--format=%B', 'main');
  expect(message).toMatch(new RegExp(`^rollback of ${released} by \\S+: 4 services`));
  expect(message).toContain('Reason: logins fail');
  expect(message).toMatch(new RegExp(`\nRollback-Of: ${released}`));
}, 180_000);

test('what a newer run has released stays, and the rest goes back', async () => {
  const [anchor = ''] = pipeline.read(VALUES).split('\n');
  const { run } = await pipeline.report('release', '--version', 'v1.6.0', '--ref', 'main');
  pipeline.repository.commit('main', { 'ngui/index.html': '<html>new</html>\n' });
  const hotfix = ['build', '--services', 'ngui', '--version', 'v1.6.0-hotfix-1', '--ref', 'main'];
  await pipeline.report(...hotfix);

  const report = await pipeline.report('rollback', '--run', run);

  expect(report.services?.map(({ name }) => name).toSorted()).toEqual(['auth', 'etcd', 'restapi']);
  expect(pipeline.read(VALUES)).toContain(anchor);
  expect(pipeline.read(VALUES)).toMatch(/ngui: \{ image: \{ tag: "?v1\.6\.0-hotfix-1/);
}, 180_000);

test('a run without a commit cannot be undone, and nothing is changed', async () => {
  const head = pipeline.repository.git('rev-parse', 'main');

  const { exitCode, stderr } = await pipeline.run('rollback', '--run', 'release-v9-9-9-20261123T210501042');

  expect(exitCode).toBe(1);
  expect(stderr).toContain('release-v9-9-9-20261123T210501042 has no commit in chart/version-lock.yaml on main');
  expect(pipeline.repository.git('rev-parse', 'main')).toBe(head);
}, 180_000);
