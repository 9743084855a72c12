import { readSources } from '../../../core/catalog-init/detect';
import { findDrift } from '../../../core/catalog-init/drift';
import { BuildFileReader } from '../../../core/input-digest/build-files';
import { indexTree } from '../../../core/input-digest/tree-index';
import { catalogOf, discover, type Files, serviceOf, textsOf, treeOf } from '../../support/docker/docker-context';

const MODULES = [
  { name: 'one', path: 'libs/one' },
  { name: 'two', path: 'libs/two' },
];
const FILES: Files = {
  'a/Dockerfile': 'FROM x\nCOPY a /a\nCOPY libs/one/x.py /\n',
  'libs/one/x.py': '1',
  'libs/two/x.py': '1',
};

function drift(files: Files, dependencies: readonly string[], modules = MODULES) {
  const services = [serviceOf({ name: 'a', path: 'a', dockerfile: 'a/Dockerfile', dependencies })];
  const tree = indexTree(treeOf(files));
  const reader = new BuildFileReader(tree, textsOf(files));
  const found = findDrift({
    ...discover({ files, services, modules }),
    catalog: catalogOf(services, modules),
    tree,
    sourcesOf: (service) => readSources(service, reader),
    exempt: [],
  });
  return found.map(({ kind, service, module, path }) => [kind, service, module, path]);
}

describe('drift between catalog and Dockerfiles', () => {
  test('is none where they say the same', () => {
    expect(drift(FILES, ['one'])).toEqual([]);
  });

  test('is a module that the Dockerfile reads and the catalog does not declare, if it declares others', () => {
    expect(drift(FILES, ['two'])).toContainEqual(['undeclared-module', 'a', 'one', 'libs/one']);
    expect(drift(FILES, [])).toEqual([]);
  });

  test('is a module that the catalog declares and the Dockerfile does not read', () => {
    expect(drift(FILES, ['one', 'two'])).toEqual([['unread-module', 'a', 'two', 'libs/two']]);
  });

  test('is no drift where all is copied: everything is read, nothing is named', () => {
    const files = { ...FILES, 'a/Dockerfile': 'FROM x\nCOPY . /\n' };

    expect(drift(files, [])).toEqual([]);
    expect(drift(files, ['two'])).toEqual([]);
    expect(drift({ ...files, '.dockerignore': 'libs/two\n' }, ['two'])).toEqual([
      ['unread-module', 'a', 'two', 'libs/two'],
    ]);
  });

  test('is a module, a Dockerfile or a service that the other side does not have', () => {
    const files = { ...FILES, 'b/Dockerfile': 'FROM x\n', 'b/Dockerfile_tests': 'FROM x\n' };

    expect(drift(files, ['one'], [...MODULES, { name: 'gone', path: 'libs/gone' }])).toEqual([
      ['no-module', undefined, 'gone', 'libs/gone'],
      ['no-service', undefined, undefined, 'b/Dockerfile'],
    ]);
    expect(drift({ 'libs/one/x.py': '1', 'libs/two/x.py': '1' }, ['one'])).toEqual([
      ['no-dockerfile', 'a', undefined, 'a/Dockerfile'],
    ]);
  });

  test('is a Dockerfile with a mistake', () => {
    expect(drift({ ...FILES, 'a/Dockerfile': 'FROM x\nCOPY one\n' }, ['one'])).toEqual([
      ['broken-service', 'a', undefined, 'a/Dockerfile'],
    ]);
  });
});
