// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { RECIPE_VERSION } from '../../../core/contract/job-environment';
import { discover, type Files, inputsOf, link, serviceOf } from '../../support/docker/docker-context';

const files: Files = { 'a/x.py': 'x', 'a/y.txt': 'y', 'a/b/z.py': 'z', 'c.txt': 'c', 'd.txt': 'd' };

function digest(all: Files, service = {}): string {
  return inputsOf(all, service).inputDigest;
}

describe('the digest', () => {
  const base: Files = { ...files, Dockerfile: 'FROM scratch\nARG V=1\nCOPY a /\n' };

  it.each<[string, Files, object]>([
    ['the content of an input', { ...base, 'a/x.py': 'new' }, {}],
    ['an executable bit', { ...base, 'a/x.py': { mode: '100755', text: 'x' } }, {}],
    ['a new file in a folder', { ...base, 'a/new': '' }, {}],
    ['a file that became a link', { ...base, 'a/x.py': link('x') }, {}],
    ['an instruction', { ...base, Dockerfile: `${base.Dockerfile}LABEL a=b\n` }, {}],
    ['a build argument', base, { buildArgs: { V: '2' } }],
    ['a platform', base, { platforms: ['linux/amd64'] }],
    ['the id of a secret', base, { secrets: ['npm'] }],
    ['the id of an ssh agent', base, { ssh: { default: 'deploy' } }],
    ['the files that the ignore file excludes', { ...base, '.dockerignore': '**/*.py' }, {}],
  ])('depends on %s', (_, after, service) => {
    expect(digest(after, service)).not.toBe(digest(base));
  });

  it.each<[string, Files, object]>([
    ['a file that is not read', { ...base, other: 'x', 'c.txt': 'new' }, {}],
    ['the name of the service and its place in the catalog', base, { image: 'other', stage: 'other', minutes: 1 }],
    ['the order of platforms', base, { platforms: [] }],
  ])('does not depend on %s', (_, after, service) => {
    expect(digest(after, service)).toBe(digest(base));
  });

  it('depends on the recipe version and the target', () => {
    const versions = ['1', '2'].map(
      (recipeVersion) => discover({ files: base, recipeVersion }).inputs.get('app')?.inputDigest,
    );
    expect(versions[0]).not.toBe(versions[1]);
    const named = { ...base, Dockerfile: 'FROM scratch AS x\nCOPY a /\n' };
    expect(digest(named, { target: 'x' })).not.toBe(digest(named));
  });

  it('stays when a service moves with its context', () => {
    const before = inputsOf(
      { 'old/Dockerfile': 'FROM scratch\nCOPY . /\n', 'old/x': '1' },
      { dockerfile: 'old/Dockerfile', context: 'old' },
    );
    const after = inputsOf(
      { 'new/Dockerfile': 'FROM scratch\nCOPY . /\n', 'new/x': '1' },
      { dockerfile: 'new/Dockerfile', context: 'new' },
    );
    expect(after.inputDigest).toBe(before.inputDigest);
  });

  it('of the same build is the same in every version of this project: another one builds every image again', () => {
    const files: Files = {
      ...base,
      'kit/x': '1',
      'svc/.dockerignore': 'logs/*',
      'svc/logs/x': '',
      'svc/way': link('a'),
    };
    const service = {
      target: 'app',
      test: { command: ['t'] },
      buildArgs: { V: '2', A: '1' },
      platforms: ['linux/arm64'],
      dependencies: ['kit'],
      context: 'svc',
      dockerfile: 'svc/Dockerfile',
    };
    const { inputs } = discover({
      files: { ...files, 'svc/Dockerfile': 'FROM scratch AS app\nCOPY . /\nCOPY way /x\n', 'svc/a': '1' },
      services: [service],
      modules: [{ name: 'kit', path: 'kit' }],
      recipeVersion: RECIPE_VERSION,
    });
    expect(inputs.get('app')?.inputDigest).toBe('5db80354bacc6b5c7f6a6fce0785ca84cf4784aa');
    expect(inputs.get('app')?.former?.inputDigest).toBe('126fc8b049f7a5b3d62764a2ba3a01c441bcd45d');
  });

  it('lists the recipe', () => {
    const inputs = inputsOf(
      { Dockerfile: 'FROM scratch AS t\n' },
      { buildArgs: { b: '2', c: '3', a: '1' }, target: 't', platforms: ['linux/b', 'linux/a'] },
    );
    expect(inputs.recipe.map(({ name }) => name)).toEqual([
      'dockerfile',
      'arg:a',
      'arg:b',
      'arg:c',
      'target',
      'platform:linux/a',
      'platform:linux/b',
      'recipe',
    ]);
  });
});

describe('images of the catalog', () => {
  const ownImages = new Map([
    ['team/base', 'base'],
    ['docker.io/team/base', 'base'],
    ['team/tool-amd64', 'tool'],
  ]);
  const all: Files = {
    'base/Dockerfile': 'FROM scratch\nENV DIR=shared\nARG HIDDEN=no\nONBUILD COPY trigger /\nCOPY base/x /\n',
    'base/x': '1',
    'app/Dockerfile': 'FROM team/base:latest\nCOPY $DIR${HIDDEN:+no} /\n',
    'tool/Dockerfile': 'FROM scratch\nCOPY tool/x /\n',
    'tool/x': '1',
    'shared/x': '1',
    trigger: '1',
  };
  const services = ['base', 'app', 'tool'].map((name) => serviceOf({ name, dockerfile: `${name}/Dockerfile` }));

  function appInputs(changed: Files = {}) {
    const { inputs, problems } = discover({ files: { ...all, ...changed }, services, ownImages });
    const app = inputs.get('app');
    if (app === undefined) throw new Error(JSON.stringify(problems));
    return app;
  }

  it('pass on their variables and triggers, not their arguments', () => {
    expect(appInputs().files.map(({ path, rule }) => `${path} by ${rule}`)).toEqual([
      'shared/x by COPY shared (line 2)',
      'trigger by COPY trigger (line 1)',
    ]);
  });

  it('count by their input digest', () => {
    expect(appInputs({ 'base/x': '2' }).inputDigest).not.toBe(appInputs().inputDigest);
    expect(appInputs({ 'tool/x': '2' }).inputDigest).toBe(appInputs().inputDigest);
    expect(appInputs()).toMatchObject({ images: ['base'], bases: [] });
    expect(appInputs().recipe.map(({ name }) => name)).toContain('image:base');
  });

  it.each([
    'FROM docker.io/team/base',
    'FROM scratch\nCOPY --from=team/base:v1 / /',
    'FROM scratch\nRUN --mount=from=team/base,target=/m true',
  ])('are found in %j', (dockerfile) => {
    expect(appInputs({ 'app/Dockerfile': dockerfile }).images).toEqual(['base']);
  });

  it.each(['FROM other/base', 'FROM team/base2', `FROM team/base@sha256:${'0'.repeat(64)}`])(
    'are not found in %j',
    (dockerfile) => {
      expect(appInputs({ 'app/Dockerfile': dockerfile })).toMatchObject({ images: [], bases: [dockerfile.slice(5)] });
    },
  );

  it.each([
    ['ARG TARGETARCH\nFROM team/tool-${TARGETARCH}\n', ['tool']],
    ['FROM team/base:$TARGETARCH\n', ['base']],
    ['ARG NAME=team/tool-\nARG TARGETARCH\nFROM $NAME$TARGETARCH\n', ['tool']],
    ['ARG NAME=team/base:v1\nARG TARGETARCH\nFROM ${NAME:-x}-${TARGETARCH}\n', ['base']],
    ['ARG NAME=other/base:v1\nARG TARGETARCH\nFROM $NAME-$TARGETARCH\n', []],
    ['ARG NAME=team/tool\nARG TARGETARCH\nFROM ${TARGETARCH:+$NAME}\n', ['base', 'tool']],
  ])('with a name that only the build knows count as all possible ones in %j', (dockerfile, images) => {
    expect(appInputs({ 'app/Dockerfile': dockerfile }).images).toEqual(images);
  });

  it('with such a name leave out the service itself, one that cannot be planned, and one that the catalog does not have', () => {
    const { inputs } = discover({
      files: { ...all, 'base/Dockerfile': 'FROM team/t-$TARGETARCH\n', 'app/Dockerfile': 'COPPY\n' },
      services,
      ownImages: new Map(['base', 'app', 'gone', 'tool'].map((name) => [`team/t-${name}`, name])),
    });
    expect(inputs.get('base')?.images).toEqual(['tool']);
  });

  it('count in the order of their names', () => {
    const dockerfile = 'FROM scratch\nCOPY --from=team/tool-amd64 / /\nCOPY --from=team/base / /\n';
    const { images, recipe } = appInputs({ 'app/Dockerfile': dockerfile });
    expect(images).toEqual(['base', 'tool']);
    expect(recipe.map(({ name }) => name).filter((name) => name.startsWith('image:'))).toEqual([
      'image:base',
      'image:tool',
    ]);
  });

  it('of the service itself are a circle of one', () => {
    const files = { Dockerfile: 'FROM team/app\n' };
    const { problems } = discover({ files, ownImages: new Map([['team/app', 'app']]) });
    expect(problems[0]?.message).toContain('its image is built from itself: app -> app;');
  });

  it('in a circle are problems with the circle alone, and with the line', () => {
    const { problems, inputs } = discover({
      files: { ...all, 'base/Dockerfile': 'FROM team/tool\n', 'tool/Dockerfile': '\nFROM team/base\n' },
      services,
      ownImages: new Map([...ownImages, ['team/tool', 'tool']]),
    });
    const circle = 'its image is built from itself: base -> tool -> base; let one of them start from another image';
    expect([...inputs.keys()]).toEqual([]);
    expect(problems).toEqual([
      { path: 'services.tool.dockerfile', message: `tool/Dockerfile:2: ${circle}`, line: 2 },
      {
        path: 'services.base.dockerfile',
        message: 'base/Dockerfile:1: it uses team/tool, the image of service tool, which cannot be planned',
        line: 1,
      },
      {
        path: 'services.app.dockerfile',
        message: 'app/Dockerfile:1: it uses team/base, the image of service base, which cannot be planned',
        line: 1,
      },
    ]);
  });
});

describe('declared modules', () => {
  const modules = [{ name: 'kit', path: 'tools/kit' }];
  const all: Files = {
    Dockerfile: 'FROM scratch\nCOPY x /\n',
    x: '',
    'tools/kit/a': '',
    'tools/kit/b': '',
    '.dockerignore': 'tools',
  };

  function inputs(changed: Files) {
    return discover({ files: { ...all, ...changed }, services: [{ dependencies: ['kit'] }], modules }).inputs.get(
      'app',
    );
  }

  it('that the service does not name do not count', () => {
    const { inputs: found } = discover({ files: all, services: [{}], modules });
    expect(found.get('app')?.files.map(({ path }) => path)).toEqual(['x']);
  });

  it('that the Dockerfile does not read count as a whole, ignored or not', () => {
    expect(inputs({})?.files.map(({ path, rule }) => `${path} by ${rule}`)).toEqual([
      'tools/kit/a by declared module kit',
      'tools/kit/b by declared module kit',
      'x by COPY x (line 2)',
    ]);
    expect(inputs({})?.doubts).toEqual([]);
  });

  it('that the Dockerfile reads count by the files that it reads', () => {
    const shown = inputs({ Dockerfile: 'FROM scratch\nCOPY tools/kit/a x /\n', '.dockerignore': '' });
    expect(shown?.files.map(({ path }) => path)).toEqual(['tools/kit/a', 'x']);
  });

  it('without files leave a doubt, and change nothing', () => {
    const files: Files = { Dockerfile: 'FROM scratch' };
    const found = discover({ files, services: [{ dependencies: ['kit'] }], modules }).inputs.get('app');
    expect(found?.inputDigest).toBe(digest(files));
    expect(found?.doubts[0]?.text).toBe('declared module kit has no files: there is no folder tools/kit');
  });
});

describe('problems', () => {
  it('are reported all at once, by service; the others are planned', () => {
    const { inputs, problems } = discover({
      files: {
        'a/Dockerfile': 'FROM scratch\nCOPPY a b\n',
        'b/Dockerfile': 'FROM scratch\n',
        'd/Dockerfile': 'FROM scratch\n',
        'd/.dockerignore': 'x\n[',
      },
      services: [
        { name: 'a', dockerfile: 'a/Dockerfile' },
        { name: 'b', dockerfile: 'b/Dockerfile' },
        { name: 'c', dockerfile: 'c/Dockerfile', context: 'c' },
        { name: 'd', dockerfile: 'd/Dockerfile', context: 'd' },
        { name: 'e', dockerfile: '../Dockerfile', context: '/etc' },
      ],
    });
    expect([...inputs.keys()]).toEqual(['b']);
    expect(problems).toEqual([
      { path: 'services.a.dockerfile', message: 'a/Dockerfile:2: unknown instruction: COPPY', line: 2 },
      { path: 'services.c.dockerfile', message: 'there is no file c/Dockerfile at this commit' },
      { path: 'services.c.context', message: 'there is no folder c at this commit' },
      { path: 'services.d.dockerfile', message: "d/.dockerignore:2: '[' is no valid pattern", line: 2 },
      { path: 'services.e.dockerfile', message: expect.stringContaining('leads out of the repository') },
      { path: 'services.e.context', message: expect.stringContaining('leads out of the repository') },
    ]);
  });
});

it('another value of a build argument, used or not, changes the digest', () => {
  const files = { Dockerfile: 'FROM scratch\nARG MODE\nCOPY a /\n', a: '' };
  const buildArgs: readonly Readonly<Record<string, string>>[] = [
    {},
    { MODE: '' },
    { MODE: 'dev' },
    { MODE: 'release' },
    { MODE: 'dev', OTHER: '1' },
    { OTHER: 'dev' },
  ];
  const digests = new Set(buildArgs.map((each) => inputsOf(files, { buildArgs: each }).inputDigest));
  expect(digests.size).toBe(buildArgs.length);
});
