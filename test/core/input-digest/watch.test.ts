import fc from 'fast-check';
import type { TreeChange } from '../../../core/compare/compare';
import { touchedBy, type Watch } from '../../../core/input-digest/watch';
import { discover, type Files, link, serviceOf, treeOf } from '../../support/docker/docker-context';
import { runs } from '../../support/property-runs';

const MODULES = [{ name: 'lib', path: 'lib' }];

function watchIn(files: Files, service = serviceOf()): Watch {
  return discover({ files, services: [service], modules: MODULES }).watches.get('app') ?? 'everything';
}

function changesOf(before: Files, after: Files): readonly TreeChange[] {
  const old = new Map(treeOf(before).map((entry) => [entry.path, entry]));
  const now = new Map(treeOf(after).map((entry) => [entry.path, entry]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was?.id === is?.id && was?.mode === is?.mode) return [];
    return [{ path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

const PATHS = ['app/a', 'app/b/c', 'app.txt', 'lib/x', 'lib/y/z', 'docs/d', 'app/.dockerignore', 'top'];
const INSTRUCTIONS = [
  'COPY app /x',
  'COPY app/a /x',
  'COPY app/b/* /x/',
  'COPY * /x/',
  'COPY lib/ /x',
  'COPY missing /x',
  'ADD top /x',
  'RUN --mount=type=bind,source=lib true',
  'COPY --from=other app /x',
  'ARG WHERE=app\nCOPY $WHERE /x',
  'ARG WHERE\nCOPY $WHERE /x',
  'ONBUILD COPY top /x',
];
const text = fc.constantFrom('1', '2', 'a\n', '**/a\n!app/a\n');
const file = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom(link('../lib'), link('app')) },
);
const dockerfile = fc
  .array(fc.constantFrom(...INSTRUCTIONS), { maxLength: 3 })
  .map((lines) => ['FROM scratch AS other', 'COPY lib /l', 'FROM scratch', ...lines, ''].join('\n'));
const tree = fc.dictionary(fc.constantFrom(...PATHS), file, { maxKeys: 8 });

describe('what a service watches', () => {
  test('is touched by every change that its input digest notices', () => {
    const context = fc.constantFrom('', 'app');
    const dependencies = fc.constantFrom<readonly string[]>([], ['lib']);
    fc.assert(
      fc.property(
        tree,
        tree,
        dockerfile,
        fc.option(dockerfile),
        context,
        dependencies,
        (a, b, first, other, folder, uses) => {
          const service = serviceOf({ context: folder, dependencies: uses });
          const before: Files = { 'app/keep': 'k', ...a, Dockerfile: first };
          const after: Files = { 'app/keep': 'k', ...b, Dockerfile: other ?? first };
          const digest = (files: Files) => {
            const { inputs, problems } = discover({ files, services: [service], modules: MODULES });
            return inputs.get('app')?.inputDigest ?? JSON.stringify(problems);
          };
          if (!touchedBy(changesOf(before, after))(watchIn(before, service)))
            expect(digest(after)).toBe(digest(before));
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  test('is not touched by what happens elsewhere', () => {
    const files: Files = {
      Dockerfile: 'FROM scratch\nCOPY app /x\nCOPY top /x\n',
      'app/a': '1',
      top: '1',
      'docs/d': '1',
    };
    const watch = watchIn(files);
    const isTouchedBy = (change: Files) => touchedBy(changesOf(files, { ...files, ...change }))(watch);

    expect(isTouchedBy({ 'docs/d': '2', 'app.txt': 'new', 'topping/a': 'new' })).toBe(false);
    expect(isTouchedBy({ 'app/new': 'new' })).toBe(true);
    expect(isTouchedBy({ top: '2' })).toBe(true);
    expect(isTouchedBy({ '.dockerignore': 'app' })).toBe(true);
    expect(isTouchedBy({ 'docs/l': link('x') })).toBe(true);
  });

  test('is everything where links or mistakes make the places uncertain', () => {
    expect(watchIn({ Dockerfile: 'FROM scratch\nCOPY app /x\n', app: link('lib'), 'lib/a': '1' })).toBe('everything');
    expect(watchIn({ Dockerfile: 'FROM scratch\nCOPY app\n' })).toBe('everything');
    expect(watchIn({ Dockerfile: 'FROM scratch\nCOPY . /\n' })).toBe('everything');
  });
});
