import { moduleLines, packagePlaces } from '../../../cli/output/packages';
import { parseCatalog } from '../../../core/catalog/parse-catalog';

const catalogWith = (modules: string) => parseCatalog(`platform: v1.0.0\nmodules: ${modules}\nservices: { api: }\n`);
const BOTH = catalogWith('{ a: { path: a, publish: true }, b: { path: b, publish: { kind: npm } }, c: c }');
const NPM = { path: '/usr/bin/npm', env: {} };

test('each kind of modules has a line with what builds it', () => {
  expect(moduleLines(BOTH, { npm: NPM })).toEqual([
    '1 modules, built with the embedded builder (build files and tests are not run)',
    '1 modules of npm, built with /usr/bin/npm and its tests',
  ]);
  expect(moduleLines(catalogWith('{ c: c }'), {})).toEqual([]);
});

test('each index has its folder, and the command that installs from it', () => {
  expect(packagePlaces(BOTH, '/home/a b/packages')).toEqual([
    ['packages', '/home/a b/packages/simple', "pip install --index-url 'file:///home/a b/packages/simple' NAME"],
    ['npm', '/home/a b/packages/npm', "npm install '/home/a b/packages/npm'/NAME/FILE.tgz"],
  ]);
  expect(packagePlaces(catalogWith('{ a: { path: a, publish: true } }'), '/p')).toHaveLength(1);
  const maven = catalogWith("{ a: { path: a, publish: { kind: maven, package: 'com.shop:a' } } }");
  expect(packagePlaces(maven, '/p')).toEqual([['maven', '/p/maven', '<url>file:///p/maven</url> as a repository']]);
});
