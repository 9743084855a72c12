import { matchInputs } from '../../../../core/input-digest/command/match-inputs';
import { indexTree } from '../../../../core/input-digest/tree-index';
import { treeOf } from '../../../support/docker/docker-context';

const FILES = {
  'api/main.go': '',
  'api/main_test.go': '',
  'api/docs/guide.md': '',
  'api/docs/keep.md': '',
  'apis.txt': '',
  'go.mod': '',
  'lib/deep/go.mod': '',
  'lib/a[1].go': '',
};

const match = (...patterns: string[]) => {
  const tree = indexTree(treeOf(FILES));
  const { positions, problems } = matchInputs(tree, { inputs: patterns, reads: [] });
  return { paths: [...positions].map((position) => tree.entries[position]?.path), problems };
};

it.each<[string, string[], string[]]>([
  [
    'a folder stands for its files',
    ['api'],
    ['api/docs/guide.md', 'api/docs/keep.md', 'api/main.go', 'api/main_test.go'],
  ],
  ['a star stays in its folder', ['api/*.go'], ['api/main.go', 'api/main_test.go']],
  ['two stars take any folders', ['**/go.mod'], ['go.mod', 'lib/deep/go.mod']],
  ['a file is named by its path', ['go.mod'], ['go.mod']],
  ['! takes files back', ['api', '!**/*_test.go', '!api/docs'], ['api/main.go']],
  ['the last pattern decides', ['api', '!api/docs', 'api/docs/keep.md', '!api/*.go'], ['api/docs/keep.md']],
  ['a file of two patterns counts once', ['api/main.go', 'api/*.go'], ['api/main.go', 'api/main_test.go']],
  ['a bracket is escaped by a backslash', ['lib/a\\[1\\].go'], ['lib/a[1].go']],
  ['all files', ['**'], Object.keys(FILES).sort()],
])('%s', (_rule, patterns, paths) => {
  expect(match(...patterns)).toEqual({ paths, problems: [] });
});

it.each<[string, string[], string[]]>([
  [
    'a misspelled folder is named',
    ['apo/*.go'],
    ["'apo/*.go' matches no file of this commit; did you mean 'api/*.go'?"],
  ],
  [
    'a misspelled name below an existing folder is named',
    ['lib/deeep'],
    ["'lib/deeep' matches no file of this commit; did you mean 'lib/deep'?"],
  ],
  [
    'a wildcard that matches nothing shows what there is',
    ['api/*.rs'],
    ["'api/*.rs' matches no file of this commit; api has docs, main.go, main_test.go"],
  ],
  [
    'every pattern must match, even if others do',
    ['api', 'zzzzzzzz', 'go.mod/x'],
    [
      "'zzzzzzzz' matches no file of this commit; the repository has api, apis.txt, go.mod, lib",
      "'go.mod/x' matches no file of this commit; go.mod is a file",
    ],
  ],
  ['nothing may be left', ['api', '!**'], ['the patterns with ! leave no file of this commit']],
  ['a pattern with ! alone takes nothing', ['!api'], ['the patterns with ! leave no file of this commit']],
])('%s', (_rule, patterns, problems) => {
  expect(match(...patterns).problems).toEqual(problems);
});

it('files that a tool reads if they exist may be missing, and count if they are there', () => {
  const tree = indexTree(treeOf(FILES));
  const { positions, problems } = matchInputs(tree, { inputs: ['apis.txt'], reads: ['go.mod', 'go.work'] });

  expect(problems).toEqual([]);
  expect([...positions].map((position) => tree.entries[position]?.path)).toEqual(['apis.txt', 'go.mod']);
});

it('a pattern with ! that takes back nothing is no mistake', () => {
  expect(match('go.mod', '!vendor').problems).toEqual([]);
});

it('patterns that would take minutes are refused', () => {
  const entries = Array.from({ length: 40_000 }, (_, at) => ({ path: `f${at}`, mode: '100644' as const, id: 'x' }));
  const patterns = Array.from({ length: 100 }, (_, at) => `**/*${at}`);

  expect(matchInputs(indexTree(entries), { inputs: patterns, reads: [] }).problems).toEqual([
    expect.stringContaining('use fewer patterns'),
  ]);
});
