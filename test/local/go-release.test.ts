/** Whole runs on one machine that release a Go module, by the embedded builder. */
import { parse } from 'yaml';
import { CATALOG, makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';

const NAME = 'github.com/shop/mono/tools/greet';
const MODULES = `modules:\n  greet: { path: tools/greet, publish: { kind: go, package: ${NAME} } }\n`;

let pipeline: SmallPipeline;
beforeEach(async () => {
  pipeline = await makeSmallPipeline();
  const files = {
    'pipeline.yaml': CATALOG + MODULES,
    'tools/greet/go.mod': `module ${NAME}\n`,
    'tools/greet/greet.go': 'package greet\n',
  };
  pipeline.repository.commit('main', files, 'feat: greet');
}, 60_000);
afterEach(() => pipeline.remove());

const release = (version: string) => pipeline.report('release', '--version', version, '--ref', 'main');
const tags = () => pipeline.repository.git('tag', '--list');

test('a release tags the source commit once for each content, although the settings ask for no tag of releases', async () => {
  const source = pipeline.repository.git('rev-parse', 'main');
  const first = await release('v1.4.0');

  expect(first).toMatchObject({ status: 'SUCCEEDED' });
  const greet = { module: 'greet', kind: 'go', package: NAME };
  expect(first.packages).toEqual([{ ...greet, version: '0.1.0', isNew: true }]);
  expect(pipeline.repository.git('rev-parse', 'tools/greet/v0.1.0^{commit}')).toBe(source);
  expect(parse(pipeline.read('chart/module-lock.yaml'))).toMatchObject({ greet: { version: '0.1.0' } });

  const again = await release('v1.4.1');
  expect(again.packages).toEqual([{ ...greet, version: '0.1.0', isNew: false }]);

  pipeline.repository.commit('main', { 'tools/greet/more.go': 'package greet\n' }, 'feat: more');
  const next = await release('v1.5.0');
  expect(next.packages).toEqual([{ ...greet, version: '0.2.0', isNew: true }]);
  expect(tags()).toBe('tools/greet/v0.1.0\ntools/greet/v0.2.0');
}, 120_000);
