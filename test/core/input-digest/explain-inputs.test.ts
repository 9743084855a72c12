import type { Service } from '../../../core/catalog/model';
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import { explainDifference, readersOf, toStored } from '../../../core/input-digest/explain-inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { type Files, inputsOf, serviceOf, textsOf, treeOf } from '../../support/docker/docker-context';

const dockerfile = 'FROM scratch\nCOPY src /x\nCOPY lib /y\n';
const files: Files = { Dockerfile: dockerfile, 'src/a': '1', 'src/b': '2', 'lib/c': '3', 'lib/e': '5' };

function explain(after: Files, service: Partial<Service> = {}) {
  const stored = JSON.parse(JSON.stringify(toStored(inputsOf(files))));
  return explainDifference(stored, inputsOf(after, service));
}

describe('a difference is explained', () => {
  it('with no reason if there is none', () => {
    expect(explain({ ...files, other: 'x' })).toEqual([]);
  });

  it('by every file, sorted, with the rule that reads it', () => {
    const { 'src/b': _, ...rest } = files;
    const after: Files = {
      ...rest,
      'src/a': { mode: '100755', text: '1' },
      'lib/c': 'new',
      'lib/d': { mode: '100755', text: 'new' },
      'lib/e': { mode: '100755', text: 'new' },
    };
    expect(explain(after)).toEqual([
      { kind: 'input-changed', path: 'lib/c', text: 'changed, read by COPY lib (line 3)' },
      { kind: 'input-changed', path: 'lib/d', text: 'added, read by COPY lib (line 3)' },
      { kind: 'input-changed', path: 'lib/e', text: 'changed, mode 100644 to 100755, read by COPY lib (line 3)' },
      { kind: 'input-changed', path: 'src/a', text: 'mode 100644 to 100755, read by COPY src (line 2)' },
      { kind: 'input-changed', path: 'src/b', text: 'removed, read by COPY src (line 2)' },
    ]);
  });

  it('by the parts of the recipe', () => {
    const after = { ...files, Dockerfile: `${dockerfile}ENV x=y\n` };
    expect(explain(after, { buildArgs: { A: '1' }, platforms: ['linux/arm64'] })).toEqual([
      { kind: 'recipe-changed', text: 'arg:A added' },
      { kind: 'recipe-changed', text: expect.stringMatching(/^dockerfile changed; .* count as written/) },
      { kind: 'recipe-changed', text: 'platform:linux/arm64 added' },
    ]);
  });

  it('by the parts of the recipe that are gone', () => {
    const stored = toStored(inputsOf(files, { buildArgs: { A: '1' } }));
    expect(explainDifference(stored, inputsOf(files))).toEqual([{ kind: 'recipe-changed', text: 'arg:A removed' }]);
  });

  it('by folders that are sent without their files', () => {
    const ignored = { ...files, '.dockerignore': 'src/*/*\nlib/*/*' };
    const stored = toStored(inputsOf({ ...ignored, 'src/logs/x': '', 'src/kept/x': '' }));
    const why = (change: string) => `folder ${change}, sent to the build without its ignored files`;
    const after = inputsOf({ ...ignored, 'src/kept/x': '', 'lib/temp/x': '' });
    expect(explainDifference(stored, after)).toEqual([
      { kind: 'input-changed', path: 'lib/temp', text: why('added') },
      { kind: 'input-changed', path: 'src/logs', text: why('removed') },
    ]);
  });
});

const OWN = ['chart/values.yaml', 'chart/version-lock.yaml'];
const TREE: Files = {
  'chart/values.yaml': 'x: 1\n',
  'all/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'part/Dockerfile': 'FROM scratch\nCOPY part /\n',
  'chart.Dockerfile': 'FROM scratch\nCOPY chart/*.yaml /\n',
};

function readers(files: Files, ...dockerfiles: string[]) {
  const services = dockerfiles.map((dockerfile) => serviceOf({ name: dockerfile.split(/[/.]/)[0], dockerfile }));
  const catalog = { platformVersion: 'v1.0.0', stages: [], modules: [], services };
  const discovery = { catalog, tree: indexTree(treeOf(files)), texts: textsOf(files), recipeVersion: '1' };
  return Object.fromEntries(readersOf(OWN, discovery, discoverInputs(discovery)));
}

describe('builds that read files that a commit writes', () => {
  it('are those that copy the whole context or the folder, files that are still missing included', () => {
    expect(readers(TREE, 'all/Dockerfile', 'part/Dockerfile', 'chart.Dockerfile')).toEqual({ all: OWN, chart: OWN });
  });

  it('are not those whose ignore file excludes the files', () => {
    expect(readers({ ...TREE, '.dockerignore': 'chart\n' }, 'all/Dockerfile')).toEqual({});
    expect(readers({ ...TREE, '.dockerignore': 'chart/version-lock.yaml\n' }, 'all/Dockerfile')).toEqual({
      all: ['chart/values.yaml'],
    });
  });

  it('include those that are built from the image of a reader', () => {
    const files = { ...TREE, 'app/Dockerfile': 'FROM r.example/all\n' };
    const services = ['all', 'app'].map((name) => serviceOf({ name, dockerfile: `${name}/Dockerfile` }));
    const catalog = { platformVersion: 'v1.0.0', stages: [], modules: [], services };
    const ownImages = new Map([['r.example/all', 'all']]);
    const discovery = { catalog, tree: indexTree(treeOf(files)), texts: textsOf(files), recipeVersion: '1', ownImages };

    expect(Object.fromEntries(readersOf(OWN, discovery, discoverInputs(discovery)))).toEqual({ all: OWN, app: [] });
  });
});
