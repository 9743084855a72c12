import * as fc from 'fast-check';
import { indexTree } from '../../../core/input-digest/tree-index';
import { contentDigest } from '../../../core/modules/plan-modules';
import type { TreeEntry } from '../../../core/ports/git';

const ID = 'a'.repeat(40);
const file = (path: string, id = ID, mode: TreeEntry['mode'] = '100644'): TreeEntry => ({ path, mode, id });
const FILES = [file('setup.py'), file('lib/a.py'), file('run.sh', ID, '100755')];

/** The digest of a folder with these files, of a repository that has others, too. */
function digestAt(path: string, files: readonly TreeEntry[], name = 'lib'): string | undefined {
  const below = files.map((entry) => ({ ...entry, path: path === '' ? entry.path : `${path}/${entry.path}` }));
  const others = path === '' ? [] : [file('zzz'), file(`${path}.txt`), file(`${path}0/setup.py`), file('README.md')];
  return contentDigest({ path, publish: { package: name } }, indexTree([...others, ...below]));
}

describe('the content digest of a module', () => {
  it('does not change, because it is part of package names in indexes', () => {
    expect(digestAt('tools/lib', FILES)).toBe('1efde3d5705cae5e8c51ff9e8b00c629449c80a4');
  });

  it('does not depend on the path of the folder, nor on the files around it', () => {
    const digests = ['tools/lib', 'tools', 'a/b/c/d', ''].map((path) => digestAt(path, FILES));

    expect(new Set(digests).size).toBe(1);
  });

  it.each<[string, readonly TreeEntry[]]>([
    ['a changed file', [file('setup.py', 'b'.repeat(40)), ...FILES.slice(1)]],
    ['an added file', [...FILES, file('lib/b.py')]],
    ['a removed file', FILES.slice(1)],
    ['a renamed file', [file('setup.cfg'), ...FILES.slice(1)]],
    ['a file that became executable', [file('setup.py', ID, '100755'), ...FILES.slice(1)]],
    ['a file that became a link', [file('setup.py', ID, '120000'), ...FILES.slice(1)]],
    ['an added submodule', [...FILES, file('vendor', ID, '160000')]],
  ])('changes with %s', (_what, files) => {
    expect(digestAt('tools/lib', files)).not.toBe(digestAt('tools/lib', FILES));
  });

  it('changes with the name of the package', () => {
    expect(digestAt('tools/lib', FILES, 'lib2')).not.toBe(digestAt('tools/lib', FILES));
  });

  it('does not depend on the commit of a submodule, which a build has as an empty folder', () => {
    const at = (id: string) => digestAt('tools/lib', [...FILES, file('vendor', id, '160000')]);

    expect(at('1'.repeat(40))).toBe(at('0'.repeat(40)));
  });

  it.each(['tools/other', 'tools/lib/setup.py', 'tools/li', 'tools/lib2'])(
    'is undefined for %s, which is no folder',
    (path) => {
      const tree = indexTree(FILES.map((entry) => ({ ...entry, path: `tools/lib/${entry.path}` })));

      expect(contentDigest({ path, publish: { package: 'lib' } }, tree)).toBeUndefined();
    },
  );

  it('is equal for equal files only', () => {
    const name = fc.stringMatching(/^[a-c.\-0]{1,3}(\/[a-c,:]{1,2})?$/);
    const entry = fc.record({
      path: name,
      mode: fc.constantFrom<TreeEntry['mode']>('100644', '100755', '120000'),
      id: fc.constantFrom('a'.repeat(40), 'b'.repeat(40)),
    });
    const files = fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 5 });
    const place = fc.constantFrom('', 'm', 'tools/m', 'a/b');
    const sorted = (list: readonly TreeEntry[]) =>
      JSON.stringify(list.map(({ path, mode, id }) => [path, mode, id]).sort());
    fc.assert(
      fc.property(files, files, place, place, (one, other, here, there) => {
        expect(digestAt(here, one)).toMatch(/^[0-9a-f]{40}$/);
        expect(digestAt(here, one)).toBe(digestAt(there, [...one].reverse()));
        expect(digestAt(here, one) === digestAt(there, other)).toBe(sorted(one) === sorted(other));
      }),
    );
  });
});
