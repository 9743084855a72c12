/** Further build contexts: what a Dockerfile reads of them counts, by the name of the context. */
import fc from 'fast-check';
import type { Service } from '../../../../core/catalog/model';
import { requiredBlobs } from '../../../../core/input-digest/build-files';
import { indexTree } from '../../../../core/input-digest/tree-index';
import { touchedBy } from '../../../../core/input-digest/watch';
import { catalogOf, discover, type Files, inputsOf, serviceOf, treeOf } from '../../../support/docker/docker-context';
import { runs } from '../../../support/property-runs';

const SERVICE = { context: 'app', dockerfile: 'app/Dockerfile', contexts: { shared: 'libs/shared', site: 'www' } };

const FILES: Files = {
  'app/a': '1',
  'libs/shared/lib/x': '1',
  'libs/shared/other': '1',
  'libs/shared/.dockerignore': '**/*.md\n',
  'libs/shared/lib/README.md': '1',
  'www/index.html': '1',
};
const withDockerfile = (text: string, files: Files = FILES): Files => ({ ...files, 'app/Dockerfile': text });

function inputs(text: string, files: Files = FILES, service: Partial<Service> = {}) {
  return inputsOf(withDockerfile(text, files), { ...SERVICE, ...service });
}

const paths = (...given: Parameters<typeof inputs>) => inputs(...given).files.map(({ path }) => path);

const SITE = 'COPY --from=site . /site\n';

describe('a named context', () => {
  it.each<[string, string, string[]]>([
    ['a folder', 'COPY --from=shared lib /x', ['libs/shared/lib/x']],
    ['a pattern', 'COPY --from=shared oth* /x', ['libs/shared/other']],
    [
      'a stage that begins with it',
      'FROM shared\nCOPY --from=site . /site',
      ['libs/shared/.dockerignore', 'libs/shared/lib/x', 'libs/shared/other'],
    ],
    ['a mount', 'RUN --mount=from=shared,source=lib,target=/m true', ['libs/shared/lib/x']],
    [
      'a cache that begins with it',
      'RUN --mount=type=cache,from=shared,target=/m true',
      ['libs/shared/.dockerignore', 'libs/shared/lib/x', 'libs/shared/other'],
    ],
    ['the folder of the service', `COPY --from=shared lib /x\nCOPY a /a`, ['app/a', 'libs/shared/lib/x']],
  ])('counts by what is read of it, without ignored files: %s', (_what, instruction, expected) => {
    const text = `FROM scratch\n${SITE}${instruction}\n`;
    expect(paths(text)).toEqual([...expected, 'www/index.html'].sort());
    expect(inputs(text).bases).toEqual([]);
  });

  it('names the instruction and its context in a plan', () => {
    const { files } = inputs(`FROM scratch\n${SITE}COPY --from=shared lib /x\n`);
    expect(files.find(({ path }) => path === 'libs/shared/lib/x')?.rule).toBe('COPY --from=shared lib (line 3)');
  });

  it('counts only if a stage that is built uses it', () => {
    expect(paths('FROM scratch AS page\nCOPY --from=site . /\nFROM scratch\nCOPY a /\n')).toEqual(['app/a']);
  });

  it('counts in full if an instruction names it in another spelling, or may read anything', () => {
    const all = ['libs/shared/.dockerignore', 'libs/shared/lib/x', 'libs/shared/other'];
    for (const name of ['shared:latest', 'docker.io/library/shared', 'docker.io/shared:latest']) {
      expect(paths(`FROM scratch\n${SITE}COPY --from=${name} lib /\n`)).toEqual([...all, 'www/index.html']);
    }
    const doubtful = paths(`FROM scratch\n${SITE}COPY --from=shared --unknown=1 lib /\n`);
    expect(doubtful).toEqual(expect.arrayContaining([...all, 'app/a', 'www/index.html']));
  });

  it('is another input than the same files of another context', () => {
    const text = 'FROM scratch\nCOPY --from=shared a /\nCOPY --from=site a /\n';
    const digest = (shared: string, site: string) =>
      inputs(text, { 'app/a': '', 'libs/shared/a': shared, 'www/a': site }).inputDigest;
    expect(digest('1', '2')).not.toBe(digest('2', '1'));
  });

  it('may move to another folder without a build', () => {
    const text = `FROM scratch\n${SITE}COPY --from=shared lib /x\n`;
    const moved = Object.fromEntries(Object.entries(FILES).map(([path, file]) => [path.replace('libs/', 'l/'), file]));
    const service = { contexts: { shared: 'l/shared', site: 'www' } };
    expect(inputs(text, moved, service).inputDigest).toBe(inputs(text).inputDigest);
  });

  it('that is missing, or has the name of a stage, is a problem', () => {
    const { problems } = discover({
      files: withDockerfile('FROM scratch AS site\nFROM scratch\n'),
      services: [{ ...SERVICE, contexts: { site: 'www', gone: 'no/folder' } }],
    });
    expect(problems).toEqual([
      {
        path: 'services.app.contexts.site',
        message: 'is the name of a stage of the Dockerfile, too; rename one of them',
      },
      { path: 'services.app.contexts.gone', message: 'there is no folder no/folder at this commit' },
    ]);
  });

  it('needs its ignore file and its links to be read', () => {
    const files = { ...withDockerfile('FROM scratch\n'), 'www/link': { mode: '120000' as const, text: 'index.html' } };
    const catalog = catalogOf([serviceOf(SERVICE)]);
    const ids = requiredBlobs(catalog, indexTree(treeOf(files)));
    const idOf = (path: string) => treeOf(files).find((entry) => entry.path === path)?.id ?? '';
    expect([ids.has(idOf('libs/shared/.dockerignore')), ids.has(idOf('www/link'))]).toEqual([true, true]);
  });
});

it('a digest changes only with a watched path, in named contexts, too', () => {
  const path = fc.constantFrom('app/a', 'libs/shared/lib/x', 'libs/shared/.dockerignore', 'www/b', 'else/c');
  const files = fc.dictionary(path, fc.constantFrom('1', '2', '*.md'), { minKeys: 1 });
  const text = 'FROM scratch\nCOPY --from=shared li[b] /x\nCOPY --from=site . /\n';
  const at = (some: Files) => discover({ files: withDockerfile(text, { ...FILES, ...some }), services: [SERVICE] });
  fc.assert(
    fc.property(files, files, (some, others) => {
      const changed = [...new Set([...Object.keys(some), ...Object.keys(others)])]
        .filter((each) => some[each] !== others[each])
        .map((each) => ({ path: each, before: { mode: '100644' as const } }));
      const before = at(some);
      if (touchedBy(changed)(before.watches.get('app') ?? 'everything')) return;
      expect(at(others).inputs.get('app')?.inputDigest).toBe(before.inputs.get('app')?.inputDigest);
    }),
    { numRuns: runs(200) },
  );
});

it('several targets of one Dockerfile are services of their own: each counts its own stages', () => {
  const text = 'FROM scratch AS api\nCOPY a /\nFROM scratch AS web\nCOPY b /\n';
  const digests = (files: Files) => {
    const services = ['api', 'web'].map((name) => ({ name, target: name }));
    const { inputs: found } = discover({ files: { ...files, Dockerfile: text }, services });
    return ['api', 'web'].map((name) => found.get(name)?.inputDigest);
  };
  const [api, web] = digests({ a: '1', b: '1' });
  const [sameApi, otherWeb] = digests({ a: '1', b: '2' });

  expect(api).not.toBe(web);
  expect([sameApi === api, otherWeb === web]).toEqual([true, false]);
});
