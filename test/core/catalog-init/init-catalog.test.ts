// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import fc from 'fast-check';
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { type Files, link, textsOf, treeOf } from '../../support/docker/docker-context';
import { dockerfiles, init } from '../../support/pipeline/init-catalog';
import { runs } from '../../support/property-runs';

const names = (files: Files) =>
  Object.fromEntries(init(files).catalog.services.map(({ dockerfile, name }) => [dockerfile, name]));

describe('the Dockerfiles that are taken for services', () => {
  test('lie at any depth, have any case, and may be several in a folder', () => {
    const files = dockerfiles(
      'a/Dockerfile',
      'b/c/d/Dockerfile',
      'e/dockerfile',
      'f/api.Dockerfile',
      'f/Dockerfile.worker',
    );

    expect(
      init(files)
        .services.map(({ dockerfile }) => dockerfile)
        .sort(),
    ).toEqual(Object.keys(files).sort());
  });

  test.each([
    'a/Dockerfile_tests',
    'a/Dockerfile.test',
    'a/test.Dockerfile',
    'a/Dockerfile-e2e',
    'a/Dockerfile.unit-tests',
    'a/Dockerfile.dockerignore',
    'a/api.Dockerfile.dockerignore',
    'a/Dockerfile.j2',
    'a/Dockerfile.md',
    'a/dockerfile.go',
    'a/Dockerfile.bak',
    'a/Dockerfile.dev',
    'a/Dockerfile.debug',
    'a/MyDockerfile',
    'a/Dockerfiles',
    'tests/a/Dockerfile',
    'a/testdata/Dockerfile',
    'web/node_modules/x/Dockerfile',
    '.devcontainer/Dockerfile',
  ])('do not include %s', (path) => {
    const { services, leftOut } = init({ ...dockerfiles('a/Dockerfile'), [path]: 'FROM scratch\n' });

    expect(services).toHaveLength(1);
    for (const { why } of leftOut) expect(why).toMatch(/for tests|in the folder|for developers/);
  });

  test('include one for developers where there is no other', () => {
    expect(names(dockerfiles('a/Dockerfile.dev'))).toEqual({ 'a/Dockerfile.dev': 'a-dev' });
  });

  test('are not those without FROM, nor links that lead nowhere', () => {
    const files = {
      ...dockerfiles('a/Dockerfile'),
      'b/Dockerfile': 'see ../a\n',
      'c/Dockerfile': link('../d/x'),
      'e/Dockerfile': link('../a/Dockerfile'),
    };

    const { services, leftOut } = init(files);

    expect(services.map(({ name }) => name)).toEqual(['a', 'e']);
    expect(leftOut).toEqual([
      { path: 'b/Dockerfile', why: 'has no FROM' },
      { path: 'c/Dockerfile', why: 'a symlink to no file of the commit' },
    ]);
  });

  test.each<[string, Files, RegExp]>([
    ['a template', { 'b/Dockerfile': 'FROM ${base.image}\n' }, /^line 1: unsupported modifier/],
    ['an unknown instruction', { 'b/Dockerfile': 'FROM scratch\nCOPPY . /\n' }, /^line 2: .*COPPY/],
    [
      'a loop of symlinks',
      { 'b/Dockerfile': 'FROM scratch\nCOPY b/x /\n', 'b/x': link('y'), 'b/y': link('x') },
      /^line 2: .* is a loop of symlinks/,
    ],
    [
      'a target that is missing',
      {
        'b/Dockerfile': 'FROM scratch AS app\n',
        'compose.yaml': 'services: { b: { build: { context: ., dockerfile: b/Dockerfile, target: prod } } }\n',
      },
      /target stage 'prod'/,
    ],
  ])('are not those with %s, which would stop the plan of all', (_, broken, why) => {
    const files = { ...dockerfiles('a/Dockerfile'), ...broken };

    const { services, leftOut, catalog } = init(files);

    expect(services.map(({ name }) => name)).toEqual(['a']);
    expect(leftOut).toEqual([{ path: 'b/Dockerfile', why: expect.stringMatching(why) }]);
    const tree = indexTree(treeOf(files));
    expect(discoverInputs({ catalog, tree, texts: textsOf(files), recipeVersion: '1' }).problems).toEqual([]);
  });

  test('include those built from an image that is left out', () => {
    const { services, leftOut } = init({
      ...dockerfiles('a/Dockerfile'),
      'b/Dockerfile': 'FROM ${base.image}\n',
      'c/Dockerfile': 'FROM b\n',
    });

    expect(services.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(leftOut.map(({ path }) => path)).toEqual(['b/Dockerfile']);
  });

  test('must be at least one', () => {
    expect(() => init({ 'readme.md': 'x' })).toThrow(/has no Dockerfile/);
  });

  test('must be at least one that can be planned; otherwise each error is shown', () => {
    expect(() => init({ 'a/Dockerfile': 'FROM ${x.y}\n', 'b/Dockerfile': 'FROM scratch\nCOPPY . /\n' })).toThrow(
      /a\/Dockerfile: line 1: unsupported.*\n.*b\/Dockerfile: line 2: /,
    );
  });
});

describe('the names of services', () => {
  test.each<[string, Files, Record<string, string>]>([
    ['come from the folder', dockerfiles('x/api/Dockerfile'), { 'x/api/Dockerfile': 'api' }],
    [
      'take parents where folders are called the same',
      dockerfiles('a/worker/Dockerfile', 'b/worker/Dockerfile'),
      { 'a/worker/Dockerfile': 'a-worker', 'b/worker/Dockerfile': 'b-worker' },
    ],
    [
      'take as many parents as it needs',
      dockerfiles('x/a/w/Dockerfile', 'y/a/w/Dockerfile', 'w/Dockerfile'),
      { 'x/a/w/Dockerfile': 'x-a-w', 'y/a/w/Dockerfile': 'y-a-w', 'w/Dockerfile': 'w' },
    ],
    [
      'add the variant of several Dockerfiles in a folder',
      dockerfiles('svc/Dockerfile', 'svc/api.Dockerfile', 'svc/Dockerfile.worker'),
      { 'svc/Dockerfile': 'svc', 'svc/api.Dockerfile': 'svc-api', 'svc/Dockerfile.worker': 'svc-worker' },
    ],
    [
      'are the variant alone in a folder that says nothing',
      dockerfiles('docker/targets/server.Dockerfile', 'Dockerfile.cli'),
      { 'docker/targets/server.Dockerfile': 'server', 'Dockerfile.cli': 'cli' },
    ],
    [
      'pass over folders that say nothing',
      dockerfiles('src/cart/src/Dockerfile'),
      { 'src/cart/src/Dockerfile': 'cart' },
    ],
    [
      'say a name once that file and folder share',
      dockerfiles('admin/admin.Dockerfile', 'x/api/Dockerfile.api'),
      { 'admin/admin.Dockerfile': 'admin', 'x/api/Dockerfile.api': 'api' },
    ],
    ['exist at the root, too', dockerfiles('Dockerfile'), { Dockerfile: 'app' }],
    [
      'differ by more than case, and are legal',
      dockerfiles('Api/Dockerfile', 'api/Dockerfile', 'ü ber/Dockerfile', '-x/Dockerfile'),
      { 'Api/Dockerfile': 'Api', 'api/Dockerfile': 'api-2', 'ü ber/Dockerfile': 'ber', '-x/Dockerfile': 'x' },
    ],
  ])('%s', (_, files, expected) => {
    expect(names(files)).toEqual(expected);
  });

  test('get an image name of their own where they are none', () => {
    const { services } = init(dockerfiles('My___Service/Dockerfile'));

    expect(services).toMatchObject([{ name: 'My___Service', image: 'my-service' }]);
  });
});

describe('modules', () => {
  const files: Files = {
    'a/Dockerfile': 'FROM x\nCOPY a /a\nCOPY libs/one /one\nCOPY pb/a.proto /\n',
    'b/Dockerfile': 'FROM x\nCOPY b /b\nCOPY libs/one /one\nCOPY libs/two /two\nCOPY pb/b.proto /\n',
    'c/Dockerfile': 'FROM x\nCOPY c /c\nCOPY a /a\n',
    'libs/one/x': '1',
    'libs/two/x': '1',
    'pb/a.proto': '1',
    'pb/b.proto': '1',
  };

  test('are the folders outside that several services read; what a Dockerfile shows is not declared again', () => {
    const { catalog } = init(files);

    expect(catalog.modules.map(({ name, path }) => [name, path])).toEqual([
      ['a', 'a'],
      ['one', 'libs/one'],
      ['pb', 'pb'],
    ]);
    expect(catalog.services.map(({ dependencies }) => dependencies)).toEqual([[], [], []]);
  });

  test('are not folders in which services lie', () => {
    const both: Files = {
      'svc/a/Dockerfile': 'FROM x\nCOPY svc /svc\n',
      'svc/b/Dockerfile': 'FROM x\nCOPY svc /svc\n',
    };

    expect(init(both).modules).toEqual([]);
  });
});

describe('the text', () => {
  test('is the same for the same tree', () => {
    const files = dockerfiles('b/Dockerfile', 'a/Dockerfile', 'a/x.Dockerfile');

    expect(init(files).text).toBe(init(files).text);
    expect(init(files).text).toContain('services:\n  a:\n  a-x: { path: a, dockerfile: a/x.Dockerfile }\n  b:\n');
  });

  test('is a catalog whatever the folders are called', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'a',
        'A',
        'null',
        'true',
        '1.0',
        '0x1',
        'a: b',
        '# c',
        "it's",
        '"',
        '{',
        '-',
        '.x',
        'src',
        '__proto__',
        'é',
        'Dockerfile',
      ),
      fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replaceAll('/', '')),
    );
    const path = fc
      .tuple(fc.array(part, { maxLength: 3 }), fc.constantFrom('Dockerfile', 'Dockerfile.api', 'x.Dockerfile'))
      .map(([folders, file]) =>
        [...folders.filter((folder) => folder !== '' && folder !== '..' && folder !== '.git'), file].join('/'),
      );
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), (paths) => {
        const files = { ...dockerfiles(...paths), 'sure/Dockerfile': 'FROM scratch\n' };
        const { catalog, services, leftOut } = init(files);
        expect(catalog.services.map(({ dockerfile }) => dockerfile).sort()).toEqual(
          services.map(({ dockerfile }) => dockerfile).sort(),
        );
        expect(new Set([...services.map(({ dockerfile }) => dockerfile), ...leftOut.map((each) => each.path)])).toEqual(
          new Set(Object.keys(files)),
        );
      }),
      { numRuns: runs(300) },
    );
  });
});
