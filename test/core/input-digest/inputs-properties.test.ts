/** What holds for any build: random contexts, Dockerfiles and ignore files, the same that are compared with Docker. */
import fc from 'fast-check';
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { catalogOf, discover, type Files, serviceOf, textsOf, treeOf } from '../../support/docker/docker-context';
import { type BuildCase, buildCase } from '../../support/docker/docker-context-cases';
import { runs } from '../../support/property-runs';

function inputsOf(
  { files, dockerfile, context, target }: BuildCase,
  changed: Files = files,
): ServiceInputs | undefined {
  return discover({ files: changed, services: [{ dockerfile, context, target }] }).inputs.get('app');
}

/** Runs a property on builds that can be planned. */
function holds(property: (build: BuildCase, inputs: ServiceInputs) => void): void {
  fc.assert(
    fc.property(buildCase, (build) => {
      const inputs = inputsOf(build);
      if (inputs !== undefined) property(build, inputs);
    }),
    { numRuns: runs(300) },
  );
}

function changedFile(files: Files, path: string): Files {
  const file = files[path];
  const { mode, text } =
    typeof file === 'string' || file === undefined ? { mode: '100644' as const, text: file } : file;
  return { ...files, [path]: { mode, text: `${text} changed` } };
}

describe('for any build', () => {
  it('the order of the tree does not matter', () => {
    holds(({ files, dockerfile, context, target }, inputs) => {
      const catalog = catalogOf([serviceOf({ dockerfile, context, target })]);
      const tree = indexTree([...treeOf(files)].reverse());
      const found = discoverInputs({ catalog, tree, texts: textsOf(files), recipeVersion: '1' });
      expect(found.inputs.get('app')?.inputDigest).toBe(inputs.inputDigest);
    });
  });

  it('files are sorted, unique, and exist in the tree as they are', () => {
    holds(({ files }, inputs) => {
      const paths = inputs.files.map(({ path }) => path);
      expect(paths).toEqual([...new Set(paths)].sort());
      const entries = new Map(treeOf(files).map((entry) => [entry.path, entry]));
      expect(
        inputs.files.every(({ path, mode, id }) => entries.get(path)?.mode === mode && entries.get(path)?.id === id),
      ).toBe(true);
    });
  });

  it('a file outside of the context changes nothing', () => {
    holds((build, inputs) => {
      const outside = { ...build.files, 'outside/of/all.txt': 'x' };
      fc.pre(build.context !== '');
      expect(inputsOf(build, outside)?.inputDigest).toBe(inputs.inputDigest);
    });
  });

  it('every input that is no link or build file changes the digest when it changes, and no other file does', () => {
    holds((build, inputs) => {
      const read = new Set(inputs.files.map(({ path }) => path));
      for (const [path, file] of Object.entries(build.files)) {
        if (path === build.dockerfile || path.endsWith('.dockerignore')) continue;
        if (typeof file !== 'string' && file.mode === '120000') continue;
        const after = inputsOf(build, changedFile(build.files, path));
        expect([path, after?.inputDigest === inputs.inputDigest]).toEqual([path, !read.has(path)]);
      }
    });
  });

  it('every input that is removed changes the digest', () => {
    holds((build, inputs) => {
      for (const { path } of inputs.files) {
        const { [path]: _, ...rest } = build.files;
        expect([path, inputsOf(build, rest)?.inputDigest === inputs.inputDigest]).toEqual([path, false]);
      }
    });
  });

  it('a doubt only makes the inputs wider', () => {
    holds((build, inputs) => {
      const text = String(build.files[build.dockerfile]);
      const doubtful = { ...build.files, [build.dockerfile]: text.replace(/^((?:COPY|ADD) )/m, '$1--unknown ') };
      fc.pre(doubtful[build.dockerfile] !== text && build.target === undefined);
      const wider = new Set(inputsOf(build, doubtful)?.files.map(({ path }) => path));
      expect(inputs.files.every(({ path }) => wider.has(path))).toBe(true);
    });
  });

  it('an ignore file only takes files away', () => {
    holds((build, inputs) => {
      const all = Object.fromEntries(
        Object.entries(build.files).map(([path, file]) => [path, path.endsWith('.dockerignore') ? '' : file]),
      );
      const links = Object.values(build.files).some((file) => typeof file !== 'string' && file.mode === '120000');
      fc.pre(!links);
      const wider = new Set(inputsOf(build, all)?.files.map(({ path }) => path));
      expect(inputs.files.every(({ path }) => wider.has(path))).toBe(true);
    });
  });
});
