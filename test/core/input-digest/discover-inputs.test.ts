// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { discover, type Files, inputsOf, link, pathsRead } from '../../support/docker/docker-context';

const files: Files = { 'a/x.py': 'x', 'a/y.txt': 'y', 'a/b/z.py': 'z', 'c.txt': 'c', 'd.txt': 'd' };

function copied(instruction: string, extra: Files = {}): readonly string[] {
  return pathsRead(`FROM scratch\n${instruction}\n`, { ...files, ...extra });
}

function problemsOf(all: Files): readonly string[] {
  return discover({ files: all }).problems.map(({ message }) => message);
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

  it('have the first rule that reads them', () => {
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

  it('that lead nowhere leave a doubt', () => {
    const inputs = inputsOf({ ...linked, Dockerfile: 'FROM scratch\nCOPY dead /x\n' });
    expect(inputs.files.map(({ path }) => path)).toEqual(['dead']);
    expect(inputs.doubts[0]?.text).toContain('source not found');
  });

  it.each([
    ['in a circle are an error of the Dockerfile', 'COPY loop /x', 'Dockerfile:2: loop is a loop of symlinks'],
    ['in a circle on the way, too', 'COPY loop/x.py /x', 'Dockerfile:2: loop/x.py is a loop of symlinks'],
    ['in a circle that a pattern matches, too', 'COPY lo* /x', 'Dockerfile:2: loop is a loop of symlinks'],
  ])('%s', (_, instruction, message) => {
    expect(problemsOf({ ...linked, Dockerfile: `FROM scratch\n${instruction}\n` })).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('in a circle at the path of the Dockerfile are reported as such', () => {
    expect(problemsOf({ ...linked, Dockerfile: link('Dockerfile') })).toEqual([
      expect.stringContaining('Dockerfile is a symlink that leads to no file'),
    ]);
  });

  it('that are ignored count as missing', () => {
    expect(
      inputsOf({ ...linked, '.dockerignore': 'lib', Dockerfile: 'FROM scratch\nCOPY lib/z.py /x\n' }).files,
    ).toEqual([]);
  });

  it('may lead to a Dockerfile and an ignore file', () => {
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

  it('is in the context, and its patterns are relative to it', () => {
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

  it('of a Dockerfile outside of its context is beside the Dockerfile', () => {
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

  it('can leave an empty folder, which is an input', () => {
    const all: Files = { ...files, Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': 'a/b/*\n' };
    const { 'a/b/z.py': _, ...without } = all;
    expect(inputsOf(all)).toMatchObject({ emptyFolders: ['a/b'], doubts: [] });
    const itself = { ...all, Dockerfile: 'FROM scratch\nCOPY a/b /\n' };
    expect(inputsOf(itself)).toMatchObject({ files: [], emptyFolders: ['a/b'], doubts: [] });
    const excluding = { ...all, Dockerfile: 'FROM scratch\nCOPY --exclude=x a/b /\n' };
    expect(inputsOf(excluding)).toMatchObject({ files: [], emptyFolders: ['a/b'], doubts: [] });
    const alone = { 'a/b/z.py': '', Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': 'a/b/*\n' };
    expect(inputsOf(alone).emptyFolders).toEqual(['a/b']);
    expect(inputsOf(without).emptyFolders).toEqual([]);
    expect(digest(without)).not.toBe(digest(all));
  });

  it('that releases of Docker read differently leaves a doubt and the file in', () => {
    for (const source of ['a/b', 'a/b/z.py', '--exclude=x a/b']) {
      const all = { ...files, Dockerfile: `FROM scratch\nCOPY ${source} /\n`, '.dockerignore': '**/*.py\n!a/b' };
      expect(inputsOf(all).files.map(({ path }) => path)).toEqual(['a/b/z.py']);
      expect(inputsOf(all).doubts[0]?.text).toContain("today's Docker excludes a/b/z.py");
    }
    const out = { ...files, Dockerfile: 'FROM scratch\nCOPY --exclude=*.py a/b /\n', '.dockerignore': '**/*.py\n!a/b' };
    expect(inputsOf(out).doubts).toEqual([]);
  });

  it('that excludes everything leaves no input', () => {
    expect(inputsOf({ ...files, Dockerfile: dockerfile, '.dockerignore': '*' }).files).toEqual([]);
  });
});

describe('a source that BuildKit refuses is a doubt:', () => {
  it.each([
    ['a URL in COPY', 'COPY https://example.com/c.txt /x/', 'BuildKit refuses URLs and git repositories'],
    ['a git repository in COPY', 'COPY user@host:c.txt /x/', 'BuildKit refuses URLs and git repositories'],
    ['a pattern below a file', 'COPY c.txt/* /x/', 'source not found'],
    ['the whole context with --parents', 'COPY --parents . /x/', 'BuildKit refuses --parents for a whole folder'],
    ['two slashes with --parents', 'COPY --parents //c.txt /x/', 'begins with two slashes'],
    [
      'a file that --parents takes and --exclude does not',
      'COPY --parents --exclude=c.txt c.txt /x/',
      'nothing of it is left',
    ],
    ["'..' behind a pivot", 'COPY --parents a/./../a/b /x/', "BuildKit does not look for '..' behind /./"],
    ['a folder with --parents and a pivot', 'COPY --parents a/./ /x/', 'BuildKit refuses --parents for a whole folder'],
    ['a pattern that is none', 'COPY [a- /x/', "'[a-' is no valid pattern, so the build will fail"],
    ['a file that is missing', 'COPY none.txt /x/', 'source not found'],
    ['a pattern below a folder that is missing', 'COPY none/* /x/', 'source not found'],
    ['a file that is missing, with --parents', 'COPY --parents none.txt /x/', 'source not found'],
    ['a tab in a name', 'COPY ["a\\tb", "/x/"]', 'a tab or a line feed in its name'],
  ])('%s', (_, instruction, expected) => {
    const { doubts } = inputsOf({ ...files, 'a\tb': '', Dockerfile: `FROM scratch\n${instruction}\n` });

    expect(doubts.map(({ text }) => text)).toContainEqual(expect.stringContaining(expected));
  });
});

describe('submodules', () => {
  const all: Files = { ...files, 'a/sub': { mode: '160000', text: 'commit 1' } };

  it.each(['a', 'a/sub', 'a/sub/file', '.'])('in COPY %s count by their commit and leave a doubt', (source) => {
    const inputs = inputsOf({ ...all, Dockerfile: `FROM scratch\nCOPY ${source} /x\n` });
    expect(inputs.files).toContainEqual(expect.objectContaining({ path: 'a/sub', mode: '160000' }));
    expect(inputs.doubts[0]?.text).toContain('a submodule is part of it');
  });

  it('count if a pattern matches below them', () => {
    const commit = (id: string): Files => ({
      Dockerfile: 'FROM scratch\nCOPY vendor/* /x/\n',
      vendor: { mode: '160000', text: id },
    });

    expect(digest(commit('one'))).not.toBe(digest(commit('two')));
  });
});

describe('a frontend of before 1.4', () => {
  const doubtsOf = (syntax: string, from: string) =>
    inputsOf({ Dockerfile: `# syntax=${syntax}\nFROM ${from}\n` }).doubts.flatMap(({ text }) =>
      text.includes('every byte') ? [] : text,
    );

  it.each([
    'docker/dockerfile:1.2',
    'docker/dockerfile:1.3-labs',
    'docker.io/docker/dockerfile:1.0.0-experimental',
    'docker/dockerfile:experimental',
  ])('is a doubt, because it takes no base images by digest: %s', (syntax) => {
    expect(doubtsOf(syntax, 'python:3.12')).toEqual([expect.stringContaining(`syntax=${syntax} is older than 1.4`)]);
  });

  it.each([
    ['docker/dockerfile:1', 'python:3.12'],
    ['docker/dockerfile:1.4', 'python:3.12'],
    ['docker/dockerfile:1.10', 'python:3.12'],
    ['docker/dockerfile:1.2', 'scratch'],
    ['docker/dockerfile:1.2', `python@sha256:${'1'.repeat(64)}`],
  ])('is none with syntax %s and the base image %s', (syntax, from) => {
    expect(doubtsOf(syntax, from)).toEqual([]);
  });
});
