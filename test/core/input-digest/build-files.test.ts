import { requiredBlobs } from '../../../core/input-digest/build-files';
import { indexTree } from '../../../core/input-digest/tree-index';
import {
  blobId,
  catalogOf,
  discover,
  type Files,
  inputsOf,
  link,
  type SpecialFile,
  serviceOf,
  textsOf,
  treeOf,
} from '../../support/docker/docker-context';

const svc: Files = {
  'svc/Dockerfile': 'dockerfile',
  'svc/Dockerfile.dockerignore': 'own',
  'svc/.dockerignore': 'of the context',
  '.dockerignore': 'of another context',
  'svc/link': link('target'),
  link: link('elsewhere'),
  'svc/file': 'file',
};

function wanted(all: Files, known = new Map<string, Buffer>()): readonly string[] {
  const catalog = catalogOf([serviceOf({ dockerfile: 'svc/Dockerfile', context: 'svc' })]);
  const ids = requiredBlobs(catalog, indexTree(treeOf(all)), known);
  const texts = new Map([...textsOf(all)].map(([id, text]) => [id, text.toString()]));
  return [...ids].map((id) => texts.get(id) ?? id).sort();
}

it('the texts to read are Dockerfiles, their ignore files, and the links of their contexts', () => {
  expect(wanted(svc)).toEqual(['dockerfile', 'of the context', 'own', 'target']);
});

it('links of every context are to be read', () => {
  const all: Files = { 'a/link': link('one'), 'b/link': link('two'), 'c/link': link('three') };
  const services = ['a', 'b'].map((name) => serviceOf({ name, dockerfile: `${name}/Dockerfile`, context: name }));
  const ids = requiredBlobs(catalogOf(services), indexTree(treeOf(all)));
  expect([...ids].sort()).toEqual([blobId('one'), blobId('two')].sort());
});

it('known texts are not listed again', () => {
  expect(wanted(svc, new Map([[blobId('own'), Buffer.from('own')]]))).not.toContain('own');
});

it('a Dockerfile behind links is found link by link', () => {
  const linked: Files = {
    ...svc,
    'svc/Dockerfile': link('../docker/one'),
    'docker/one': link('two'),
    'docker/two': 'real',
  };
  const known = new Map<string, Buffer>();
  const rounds: (readonly string[])[] = [];
  for (let found = wanted(linked, known); found.length > 0; found = wanted(linked, known)) {
    rounds.push(found);
    for (const text of found) known.set(blobId(text), Buffer.from(text));
  }
  expect(rounds.slice(1)).toEqual([['two'], ['real']]);
});

it('links in a circle end', () => {
  const circle: Files = { 'svc/Dockerfile': link('other'), 'svc/other': link('Dockerfile') };
  expect(wanted(circle, new Map(textsOf(circle)))).toEqual([]);
});

const files: Files = { 'a/x.py': 'x', 'a/y.txt': 'y', 'a/b/z.py': 'z', 'c.txt': 'c', 'd.txt': 'd' };

function problemsOf(all: Files): readonly string[] {
  return discover({ files: all }).problems.map(({ message }) => message);
}

describe('a Dockerfile or an ignore file', () => {
  const limit = 1024 * 1024;
  const comment = (length: number) => '#\n'.repeat(length / 2) + '#'.repeat(length % 2);

  it.each([
    ['a Dockerfile', { Dockerfile: `FROM scratch\n${comment(limit - 13)}` }, []],
    [
      'a Dockerfile',
      { Dockerfile: `FROM scratch\n${comment(limit - 12)}` },
      ['Dockerfile:1: the file has 1048577 bytes; at most 1048576 are read'],
    ],
    [
      'an ignore file',
      { Dockerfile: 'FROM scratch\n', '.dockerignore': comment(limit + 1) },
      ['.dockerignore:1: the file has 1048577 bytes; at most 1048576 are read'],
    ],
  ] as const)('%s of 1 MiB is read, a longer one is not', (_, all, expected) => {
    expect(problemsOf({ ...all })).toEqual(expected);
  });

  it('that can be executed is read as well', () => {
    const dockerfile: SpecialFile = { mode: '100755', text: 'FROM scratch\nCOPY c.txt /\n' };
    expect(inputsOf({ ...files, Dockerfile: dockerfile }).files.map(({ path }) => path)).toEqual(['c.txt']);
  });

  it('leads nowhere by a link out of the commit', () => {
    const all: Files = { Dockerfile: link('/etc/df'), 'etc/df': 'FROM scratch' };
    expect(problemsOf(all)[0]).toMatch(/symlink that leads to no file/);
  });

  it('counts for each service with its own context and ignore file', () => {
    const copyAll = 'FROM scratch\nCOPY . /\n';
    const all: Files = {
      'x.Dockerfile': copyAll,
      'x.Dockerfile.dockerignore': '*\n!c.txt',
      'y.Dockerfile': copyAll,
      'y.Dockerfile.dockerignore': '*\n!d.txt',
      'c.txt': '',
      'd.txt': '',
      'a/x': '',
      'b/x': '',
    };
    const services = [
      { name: 'c', dockerfile: 'x.Dockerfile' },
      { name: 'd', dockerfile: 'y.Dockerfile' },
      { name: 'a', dockerfile: 'x.Dockerfile', context: 'a' },
      { name: 'b', dockerfile: 'y.Dockerfile', context: 'b' },
    ];
    const { inputs } = discover({ files: { ...all, 'a/c.txt': '', 'b/d.txt': '' }, services });
    const read = services.map(({ name }) => inputs.get(name)?.files.map(({ path }) => path));
    expect(read).toEqual([['c.txt'], ['d.txt'], ['a/c.txt'], ['b/d.txt']]);
  });
});
