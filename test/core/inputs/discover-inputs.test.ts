// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { discover, type Files, inputsOf, link, pathsRead, serviceOf } from '../../support/docker-context';

const files: Files = { 'a/x.py': 'x', 'a/y.txt': 'y', 'a/b/z.py': 'z', 'c.txt': 'c', 'd.txt': 'd' };

function copied(instruction: string, extra: Files = {}): readonly string[] {
  return pathsRead(`FROM scratch\n${instruction}\n`, { ...files, ...extra });
}

function digest(all: Files, service = {}): string {
  return inputsOf(all, service).inputDigest;
}

describe('files of COPY and ADD', () => {
  it.each([
    ['a folder with all that is in it', 'COPY a /x', ['a/b/z.py', 'a/x.py', 'a/y.txt']],
    ['a folder with slashes', 'COPY ./a//b/../ /x/', ['a/b/z.py', 'a/x.py', 'a/y.txt']],
    ['an absolute source, from the context', 'COPY /a/b /x/', ['a/b/z.py']],
    ['a source that climbs out, cut at the root', 'COPY ../../c.txt /x/', ['c.txt']],
    ['several sources', 'ADD c.txt d.txt /x/', ['c.txt', 'd.txt']],
    ['the JSON form', 'COPY ["c.txt", "a/b", "/x/"]', ['a/b/z.py', 'c.txt']],
    ['a file with a slash behind it', 'COPY c.txt/ /x/', ['c.txt']],
    ['a glob, one folder deep', 'COPY *.txt /x/', ['c.txt', 'd.txt']],
    ['a glob in a folder', 'COPY a/*.py /x/', ['a/x.py']],
    ['a glob that matches a folder, with all that is in it', 'COPY a/? /x/', ['a/b/z.py']],
    ['a glob in the middle', 'COPY */b/*.py /x/', ['a/b/z.py']],
    ['a glob with a class', 'COPY [c-d].txt /x/', ['c.txt', 'd.txt']],
    ['a class that stands for a slash', 'COPY a[^b]x.py /x/', ['a/x.py']],
    ['a glob without a match: nothing', 'COPY *.none /x/', []],
    ['** as no more than *', 'COPY **/*.py /x/', ['a/x.py']],
    ['nothing for a URL', 'ADD https://example.com/c.txt /x/', []],
    ['nothing for a URL with a variable', 'ADD https://example.com/$v/c.txt /x/', []],
    ['nothing for a git repository', 'ADD git@example.com:c.git /x/', []],
    ['a path that looks like a host', 'ADD github.com/c.txt /x/', ['github.com/c.txt']],
    ['an archive', 'ADD --unpack=false a.tar.gz /x/', ['a.tar.gz']],
    ['nothing for --from', 'COPY --from=alpine c.txt /x/', []],
    ['nothing for a heredoc', 'COPY <<c.txt /x/\nhello\nc.txt', []],
    ['--exclude below a folder', 'COPY --exclude=**/*.py a /x/', ['a/y.txt']],
    ['--exclude with an exception', 'COPY --exclude=* --exclude=!b a /x/', ['a/b/z.py']],
    ['--exclude that does not touch a file named itself', 'COPY --exclude=*.txt c.txt /x/', ['c.txt']],
    ['--parents', 'COPY --parents a/b /x/', ['a/b/z.py']],
    ['--parents, where ** is any depth', 'COPY --parents **/*.py /x/', ['a/b/z.py', 'a/x.py']],
    ['--parents with a pivot', 'COPY --parents a/./**/*.py /x/', ['a/b/z.py', 'a/x.py']],
    ['--parents and --exclude', 'COPY --parents --exclude=a/b **/*.py /x/', ['a/x.py']],
    ['--chown, --chmod and --link change nothing', 'COPY --chown=1 --chmod=755 --link c.txt /x/', ['c.txt']],
  ])('are %s', (_, instruction, expected) => {
    expect(copied(instruction, { 'github.com/c.txt': '', 'a.tar.gz': '' })).toEqual(expected);
  });

  it('are everything for a dot, the Dockerfile included', () => {
    expect(copied('COPY . /')).toEqual(['Dockerfile', ...Object.keys(files).sort()]);
  });

  it.each(['with space.txt', 'q"uote', "q'uote", 'new\nline', 'ünï', '𝒳', 'do$$ar', 'back\\slash'])(
    'have any name: %j',
    (name) => {
      const source = JSON.stringify(
        name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll("'", "\\'").replaceAll('$', '\\$'),
      );
      expect(copied(`COPY [${source}, "/x"]`, { [name]: '' })).toEqual([name]);
      expect(copied('COPY . /x', { [name]: '' })).toContain(name);
    },
  );

  it('say by which rule they are read, the first one where there are several', () => {
    const dockerfile = 'FROM scratch\nCOPY a/b a/x.py /x/\n\nCOPY a /y/\n';
    expect(inputsOf({ ...files, Dockerfile: dockerfile }).files.map(({ path, rule }) => [path, rule])).toEqual([
      ['a/b/z.py', 'COPY a/b (line 2)'],
      ['a/x.py', 'COPY a/x.py (line 2)'],
      ['a/y.txt', 'COPY a (line 4)'],
    ]);
  });

  it.each([
    ['COPY nope /x', 'COPY nope (line 2): source not found, so the build will fail'],
    ['COPY nope/*.py /x', 'COPY nope/*.py (line 2): source not found, so the build will fail'],
    ['COPY c.txt/x /x', 'COPY c.txt/x (line 2): source not found, so the build will fail'],
  ])('that do not exist leave a doubt: %s', (instruction, text) => {
    expect(inputsOf({ ...files, Dockerfile: `FROM scratch\n${instruction}\n` }).doubts).toEqual([
      { kind: 'doubt', path: 'Dockerfile', text },
    ]);
  });
});

describe('links', () => {
  const linked: Files = {
    ...files,
    lib: link('a/b'),
    up: link('../../c.txt'),
    rooted: link('/a/x.py'),
    'a/chain': link('../lib'),
    loop: link('loop'),
    dead: link('nowhere'),
  };

  it.each([
    ['on the way are followed', 'lib/z.py', ['a/b/z.py', 'lib']],
    ['to a folder are followed', 'lib', ['a/b/z.py', 'lib']],
    ['upwards end at the root of the context', 'up', ['c.txt', 'up']],
    ['that are absolute start at the root of the context', 'rooted', ['a/x.py', 'rooted']],
    ['may follow each other', 'a/chain/z.py', ['a/b/z.py', 'a/chain', 'lib']],
    ['that a pattern matches are followed', 'li?', ['a/b/z.py', 'lib']],
    ['before a pattern are followed', 'lib/*.py', ['a/b/z.py', 'lib']],
    ['in a folder that is copied stay links', 'a', ['a/b/z.py', 'a/chain', 'a/x.py', 'a/y.txt']],
  ])('%s', (_, source, expected) => {
    expect(copied(`COPY ${source} /x/`, linked)).toEqual(expected);
  });

  it.each([
    ['loop', 'loop of symlinks', []],
    ['dead', 'source not found', ['dead']],
  ])('that lead nowhere leave a doubt: %s', (source, text, read) => {
    const inputs = inputsOf({ ...linked, Dockerfile: `FROM scratch\nCOPY ${source} /x\n` });
    expect([inputs.files.map(({ path }) => path), inputs.doubts[0]?.text]).toEqual([
      read,
      expect.stringContaining(text),
    ]);
  });

  it('that are ignored are not there', () => {
    expect(
      inputsOf({ ...linked, '.dockerignore': 'lib', Dockerfile: 'FROM scratch\nCOPY lib/z.py /x\n' }).files,
    ).toEqual([]);
  });

  it('may stand for a Dockerfile and an ignore file', () => {
    const all: Files = {
      ...files,
      'docker/base': 'FROM scratch\nCOPY *.txt /\n',
      Dockerfile: link('docker/../docker/base'),
      'docker/ignore': 'c.txt\n',
      '.dockerignore': link('docker/ignore'),
    };
    expect(inputsOf(all).files.map(({ path }) => path)).toEqual(['d.txt']);
  });
});

describe('the ignore file', () => {
  const dockerfile = 'FROM scratch\nCOPY . /\n';

  it('of the Dockerfile comes before that of the context, even if it is empty', () => {
    const all: Files = { ...files, Dockerfile: dockerfile, '.dockerignore': '*', 'Dockerfile.dockerignore': '' };
    expect(inputsOf(all).files).toHaveLength(8);
  });

  it('lies in the context, its patterns are relative to it', () => {
    const all: Files = {
      'svc/Dockerfile': dockerfile,
      'svc/a/x': '',
      'svc/x': '',
      '.dockerignore': '*',
      'svc/.dockerignore': 'a\nsvc',
    };
    expect(inputsOf(all, { dockerfile: 'svc/Dockerfile', context: 'svc' }).files.map(({ path }) => path)).toEqual([
      'svc/.dockerignore',
      'svc/Dockerfile',
      'svc/x',
    ]);
  });

  it('of a Dockerfile outside of its context lies beside the Dockerfile', () => {
    const all: Files = {
      'build/app.Dockerfile': dockerfile,
      'build/app.Dockerfile.dockerignore': 'x',
      'svc/x': '',
      'svc/y': '',
    };
    const service = { dockerfile: 'build/app.Dockerfile', context: 'svc' };
    expect(inputsOf(all, service).files.map(({ path }) => path)).toEqual(['svc/y']);
  });

  it('counts by its effect only', () => {
    const before: Files = { ...files, Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': '**/*.py' };
    const after: Files = { ...before, '.dockerignore': '# scripts\n*.py\n*/**/*.py\n' };
    expect(digest(after)).toBe(digest(before));
  });

  it('may leave a folder empty, which the build sees', () => {
    const all: Files = { ...files, Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': 'a/b/*\n' };
    const { 'a/b/z.py': _, ...without } = all;
    expect(inputsOf(all).emptyFolders).toEqual(['a/b']);
    expect(inputsOf(without).emptyFolders).toEqual([]);
    expect(digest(without)).not.toBe(digest(all));
  });

  it('that releases of Docker read differently leaves a doubt and the file in', () => {
    const inputs = inputsOf({ ...files, Dockerfile: 'FROM scratch\nCOPY a/b /\n', '.dockerignore': '**/*.py\n!a/b' });
    expect(inputs.files.map(({ path }) => path)).toEqual(['a/b/z.py']);
    expect(inputs.doubts[0]?.text).toContain('the ignore file leaves out a/b/z.py today');
  });

  it('that takes out all leaves nothing', () => {
    expect(inputsOf({ ...files, Dockerfile: dockerfile, '.dockerignore': '*' }).files).toEqual([]);
  });
});

describe('submodules', () => {
  const all: Files = { ...files, 'a/sub': { mode: '160000', text: 'commit 1' } };

  it.each(['a', 'a/sub', 'a/sub/file', '.'])('in COPY %s count by their commit and leave a doubt', (source) => {
    const inputs = inputsOf({ ...all, Dockerfile: `FROM scratch\nCOPY ${source} /x\n` });
    expect(inputs.files).toContainEqual(expect.objectContaining({ path: 'a/sub', mode: '160000' }));
    expect(inputs.doubts[0]?.text).toContain('a submodule is part of it');
  });
});

describe('the digest', () => {
  const base: Files = { ...files, Dockerfile: 'FROM scratch\nARG V=1\nCOPY a /\n' };

  it.each<[string, Files, object]>([
    ['the content of an input', { ...base, 'a/x.py': 'new' }, {}],
    ['an executable bit', { ...base, 'a/x.py': { mode: '100755', text: 'x' } }, {}],
    ['a new file in a folder', { ...base, 'a/new': '' }, {}],
    ['a file that became a link', { ...base, 'a/x.py': link('x') }, {}],
    ['the Dockerfile, be it a comment', { ...base, Dockerfile: `${base.Dockerfile}# x\n` }, {}],
    ['a build argument', base, { buildArgs: { V: '2' } }],
    ['a platform', base, { platforms: ['linux/amd64'] }],
    ['what the ignore file takes out', { ...base, '.dockerignore': '**/*.py' }, {}],
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

  it('lists the recipe', () => {
    const inputs = inputsOf(
      { Dockerfile: 'FROM scratch AS t\n' },
      { buildArgs: { b: '2', a: '1' }, target: 't', platforms: ['linux/b', 'linux/a'] },
    );
    expect(inputs.recipe.map(({ name }) => name)).toEqual([
      'dockerfile',
      'arg:a',
      'arg:b',
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

  it('hand on their variables and triggers, not their arguments', () => {
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

  it('whose name only the build knows are all that it may be', () => {
    const unknown = { 'app/Dockerfile': 'ARG TARGETARCH\nFROM team/tool-${TARGETARCH}\n' };
    expect(appInputs(unknown).images).toEqual(['tool']);
    expect(appInputs({ 'app/Dockerfile': 'FROM team/base:$TARGETARCH\n' }).images).toEqual(['base']);
  });

  it('in a circle are problems that show the circle', () => {
    const { problems, inputs } = discover({
      files: { ...all, 'base/Dockerfile': 'FROM team/app\n' },
      services,
      ownImages: new Map([...ownImages, ['team/app', 'app']]),
    });
    expect([...inputs.keys()]).toEqual(['tool']);
    expect(problems.map(({ message }) => message)).toEqual([
      'base/Dockerfile:1: its image is made from itself: app -> base -> app; one of them has to start from another image',
      'app/Dockerfile:1: it uses team/base, the image of service base, which cannot be planned',
    ]);
  });
});

describe('declared modules', () => {
  const modules = [{ name: 'kit', path: 'tools/kit', publish: false }];
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

  it('that the Dockerfile does not show count in full, ignored or not', () => {
    expect(inputs({})?.files.map(({ path, rule }) => `${path} by ${rule}`)).toEqual([
      'tools/kit/a by declared module kit',
      'tools/kit/b by declared module kit',
      'x by COPY x (line 2)',
    ]);
  });

  it('that the Dockerfile shows count as it shows them', () => {
    const shown = inputs({ Dockerfile: 'FROM scratch\nCOPY tools/kit/a /\n', '.dockerignore': '' });
    expect(shown?.files.map(({ path }) => path)).toEqual(['tools/kit/a']);
  });

  it('without files leave a doubt', () => {
    const found = discover({
      files: { Dockerfile: 'FROM scratch' },
      services: [{ dependencies: ['kit'] }],
      modules,
    }).inputs.get('app');
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
