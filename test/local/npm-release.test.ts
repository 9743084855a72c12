/** Whole runs on one machine that publish an npm or Maven package, by the embedded builder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readTarball } from '../../adapters/packages/npm-tarball';
import { homePaths } from '../../local/runtime/home';
import { CATALOG, makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';

const MODULES = "modules:\n  ui: { path: packages/ui, publish: { kind: npm, package: '@shop/ui' } }\n";
const MANIFEST = JSON.stringify({ name: '@shop/ui', version: '1.4.0', main: 'ui.js' });

let pipeline: SmallPipeline;
beforeEach(async () => {
  pipeline = await makeSmallPipeline();
  const files = { 'pipeline.yaml': CATALOG + MODULES, 'packages/ui/package.json': MANIFEST, 'packages/ui/ui.js': '' };
  pipeline.repository.commit('main', files, 'feat: ui');
}, 60_000);
afterEach(() => pipeline.remove());

const release = (version: string) => pipeline.report('release', '--version', version, '--ref', 'main');
const tarballs = () => readdirSync(join(homePaths(pipeline.home).packages, 'npm/@shop/ui')).sort();

test('a release publishes the package once for each content, and records its version in the commit', async () => {
  const first = await release('v1.4.0');

  expect(first).toMatchObject({ status: 'SUCCEEDED' });
  const ui = { module: 'ui', kind: 'npm', package: '@shop/ui' };
  expect(first.packages).toEqual([{ ...ui, version: '1.4.0', isNew: true }]);
  expect(parse(pipeline.read('chart/module-lock.yaml'))).toMatchObject({ ui: { version: '1.4.0' } });
  const tarball = readFileSync(join(homePaths(pipeline.home).packages, 'npm/@shop/ui/shop-ui-1.4.0.tgz'));
  expect(await readTarball(tarball, { package: '@shop/ui', version: '1.4.0' })).toMatchObject({ main: 'ui.js' });

  const again = await release('v1.4.1');
  expect(again.packages).toEqual([{ ...ui, version: '1.4.0', isNew: false }]);

  pipeline.repository.commit('main', { 'packages/ui/ui.js': 'changed' }, 'feat: more');
  const next = await release('v1.5.0');
  expect(next.packages).toEqual([{ ...ui, version: '1.5.0', isNew: true }]);
  expect(tarballs()).toEqual(['shop-ui-1.4.0.tgz', 'shop-ui-1.5.0.tgz']);
}, 120_000);

test('a package that could not be installed fails the run before anything is built', async () => {
  const broken = JSON.stringify({ name: '@shop/ui', private: true, dependencies: { core: 'workspace:*' } });
  pipeline.repository.commit('main', { 'packages/ui/package.json': broken }, 'fix: ui');

  const report = await release('v1.4.0');

  expect(report).toMatchObject({ status: 'FAILED', error: { name: 'InvalidInput' }, totals: { build: 0 } });
  expect(report.error?.message).toMatch(/modules\.ui.*"private": true.*workspace:\*/s);
}, 60_000);

test('a Maven package is published into a repository, beside the npm package', async () => {
  const pom = '<project><groupId>com.shop</groupId><artifactId>money</artifactId><version>2.0.0</version></project>';
  const catalog = `${CATALOG}${MODULES}  money: { path: libs/money, publish: { kind: maven, package: 'com.shop:money' } }\n`;
  pipeline.repository.commit('main', { 'pipeline.yaml': catalog, 'libs/money/pom.xml': pom }, 'feat: money');

  const { packages } = await release('v1.4.0');

  const money = { module: 'money', kind: 'maven', package: 'com.shop:money', version: '2.0.0', isNew: true };
  expect(packages).toContainEqual(money);
  expect(packages).toHaveLength(2);
  const folder = join(homePaths(pipeline.home).packages, 'maven/com/shop/money');
  expect(readdirSync(join(folder, '2.0.0')).filter((file) => !file.endsWith('.sha1'))).toEqual([
    'money-2.0.0.jar',
    'money-2.0.0.pom',
  ]);
  expect(readFileSync(join(folder, 'maven-metadata.xml'), 'utf8')).toContain('<release>2.0.0</release>');
}, 60_000);
