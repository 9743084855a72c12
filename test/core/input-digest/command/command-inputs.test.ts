/** The digest of an image that a command makes: its files with their modes, its words and its variables. */
import fc from 'fast-check';
import type { Service } from '../../../../core/catalog/model';
import { matchInputs } from '../../../../core/input-digest/command/match-inputs';
import type { ServiceInputs } from '../../../../core/input-digest/inputs';
import { indexTree } from '../../../../core/input-digest/tree-index';
import { touchedBy } from '../../../../core/input-digest/watch';
import { discover, type Files, treeOf } from '../../../support/docker/docker-context';
import { runs } from '../../../support/property-runs';

const BUILD = {
  inputs: ['api', '!api/docs', '**/go.mod'],
  reads: [],
  command: ['make', 'image'],
  env: { MODE: 'release' },
};
const FILES: Files = { 'api/main.go': '1', 'api/docs/a.md': '1', 'go.mod': 'module x', 'other/x': '1' };

function inputsOf(files: Files, build: object = {}, service: Partial<Service> = {}): ServiceInputs {
  const { inputs, problems } = discover({
    files,
    services: [{ dockerfile: '', build: { ...BUILD, ...build }, ...service }],
  });
  const found = inputs.get('app');
  if (found === undefined) throw new Error(JSON.stringify(problems));
  return found;
}

const digest = (...given: Parameters<typeof inputsOf>) => inputsOf(...given).inputDigest;

describe('the digest of an image that a command makes', () => {
  it.each<[string, Parameters<typeof inputsOf>]>([
    ['the content of an input', [{ ...FILES, 'api/main.go': '2' }]],
    ['an executable bit', [{ ...FILES, 'api/main.go': { mode: '100755', text: '1' } }]],
    ['a new file that a pattern matches', [{ ...FILES, 'lib/go.mod': '' }]],
    ['a file that became a link', [{ ...FILES, 'api/main.go': { mode: '120000', text: '1' } }]],
    ['a word of the command', [FILES, { command: ['make', 'images'] }]],
    ['words that are joined otherwise', [FILES, { command: ['make image'] }]],
    ['the value of a variable', [FILES, { env: { MODE: 'debug' } }]],
    ['a further variable', [FILES, { env: { MODE: 'release', X: '' } }]],
    ['a platform', [FILES, {}, { platforms: ['linux/arm64'] }]],
    ['the id of a secret', [FILES, {}, { secrets: ['npm'] }]],
    ['the id of an ssh agent', [FILES, {}, { ssh: { default: 'deploy' } }]],
  ])('depends on %s', (_what, given) => {
    expect(digest(...given)).not.toBe(digest(FILES));
  });

  it.each<[string, Parameters<typeof inputsOf>]>([
    ['a file that no pattern matches', [{ ...FILES, 'other/x': '2', 'other/y': '' }]],
    ['a file that ! takes back', [{ ...FILES, 'api/docs/a.md': '2', 'api/docs/b.md': '' }]],
    ['the spelling of the patterns', [FILES, { inputs: ['go.mod', 'api/**/*.go'] }]],
    ['a Dockerfile or ignore file of the repository', [{ ...FILES, Dockerfile: 'FROM', '.dockerignore': '**' }]],
    ['keys that do not concern the image', [FILES, {}, { minutes: 3, image: 'other', stage: 'x' }]],
  ])('does not depend on %s', (_what, given) => {
    expect(digest(...given)).toBe(digest(FILES));
  });

  it('is another one than that of a Dockerfile with the same files', () => {
    const files = { ...FILES, Dockerfile: 'FROM scratch\nCOPY api /\n' };
    const { inputs } = discover({ files, services: [{ dockerfile: 'Dockerfile' }] });

    expect(inputs.get('app')?.inputDigest).not.toBe(digest(files));
  });

  it('of the same build is the same in every version of this project', () => {
    expect(digest(FILES)).toBe('92ca8f08e07ecb100b49b95f868308181a1fc210');
  });
});

const path = fc.constantFrom('api/a', 'api/docs/b', 'api/c/go.mod', 'go.mod', 'other/d', 'lib/go.mod', 'x');
const file = fc.record({
  mode: fc.constantFrom('100644' as const, '100755' as const),
  text: fc.constantFrom('1', '2'),
});
const tree = fc.dictionary(path, file, { minKeys: 1 });

it('two commits have the same digest exactly if the files that the patterns match are the same', () => {
  const matched = (files: Files) => {
    const index = indexTree(treeOf(files));
    const { positions, problems } = matchInputs(index, BUILD);
    return problems.length > 0 ? undefined : JSON.stringify([...positions].map((at) => index.entries[at]));
  };
  fc.assert(
    fc.property(tree, tree, (some, others) => {
      const [before, after] = [
        { ...FILES, ...some },
        { ...FILES, ...others },
      ];
      expect(digest(before) === digest(after)).toBe(matched(before) === matched(after));
    }),
    { numRuns: runs(400) },
  );
});

it('a digest changes only with a path that is watched, so that a plan near a known commit misses none', () => {
  const discovered = (files: Files, inputs: readonly string[]) =>
    discover({ files, services: [{ dockerfile: '', build: { ...BUILD, inputs } }] });
  const patterns = fc.subarray(['api', 'api/c/*', 'go.mod', 'lib/*.mod', '!api/docs', '**/a'], { minLength: 1 });
  fc.assert(
    fc.property(tree, tree, patterns, (some, others, inputs) => {
      const [before, after] = [discovered(some, inputs), discovered(others, inputs)];
      const isTouched = touchedBy(changedPaths(some, others))(before.watches.get('app') ?? 'everything');
      if (!isTouched) expect(after.inputs.get('app')?.inputDigest).toBe(before.inputs.get('app')?.inputDigest);
    }),
    { numRuns: runs(400) },
  );
});

function changedPaths(before: Files, after: Files) {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return paths
    .filter((each) => JSON.stringify(before[each]) !== JSON.stringify(after[each]))
    .map((each) => ({ path: each, before: { mode: '100644' as const } }));
}

it('the plan names the pattern of each file, and the files of a declared module', () => {
  const { files, recipe, images, bases } = inputsOf(FILES);

  expect(files.map((each) => [each.path, each.rule])).toEqual([
    ['api/main.go', 'inputs api'],
    ['go.mod', 'inputs **/go.mod'],
  ]);
  expect(recipe.map(({ name }) => name)).toEqual(['command', 'env:MODE', 'recipe']);
  expect([images, bases]).toEqual([[], []]);
});

it('a pattern that matches nothing is a problem of its service alone', () => {
  const { inputs, problems } = discover({
    files: { ...FILES, Dockerfile: 'FROM scratch\n' },
    services: [
      { name: 'app', dockerfile: '', build: { ...BUILD, inputs: ['apo'] } },
      { name: 'web', dockerfile: 'Dockerfile' },
    ],
  });

  expect([...inputs.keys()]).toEqual(['web']);
  expect(problems).toEqual([
    { path: 'services.app.inputs', message: "'apo' matches no file of this commit; did you mean 'api'?" },
  ]);
});

it('an image of the catalog can be built on one that a command makes', () => {
  const services = [
    { name: 'base', dockerfile: '', build: BUILD },
    { name: 'web', dockerfile: 'Dockerfile' },
  ];
  const ownImages = new Map([['team/base', 'base']]);
  const web = (files: Files) => discover({ files, services, ownImages }).inputs.get('web');
  const files = { ...FILES, Dockerfile: 'FROM team/base\n' };

  expect(web(files)?.images).toEqual(['base']);
  expect(web({ ...files, 'api/main.go': '2' })?.inputDigest).not.toBe(web(files)?.inputDigest);
});
