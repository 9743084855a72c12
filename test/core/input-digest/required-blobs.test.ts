import { requiredBlobs } from '../../../core/input-digest/build-files';
import { indexTree } from '../../../core/input-digest/tree-index';
import { blobId, catalogOf, type Files, link, serviceOf, textsOf, treeOf } from '../../support/docker/docker-context';

const files: Files = {
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
  expect(wanted(files)).toEqual(['dockerfile', 'of the context', 'own', 'target']);
});

it('known texts are not listed again', () => {
  expect(wanted(files, new Map([[blobId('own'), Buffer.from('own')]]))).not.toContain('own');
});

it('a Dockerfile behind links is found link by link', () => {
  const linked: Files = {
    ...files,
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
