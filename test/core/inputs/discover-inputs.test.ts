import { discover, inputsOf, link, pathsRead } from '../../support/docker-context';

const files = { 'a/x.py': 'x', 'a/y.txt': 'y', 'a/b/z.py': 'z', 'c.txt': 'c', 'd.txt': 'd' };

describe('files of COPY and ADD', () => {
  it.each([
    ['a folder with all that is in it', 'COPY a /x', ['a/b/z.py', 'a/x.py', 'a/y.txt']],
    ['a folder with slashes', 'COPY ./a/ /x/', ['a/b/z.py', 'a/x.py', 'a/y.txt']],
    ['an absolute source, from the context', 'COPY /a/b /x/', ['a/b/z.py']],
    ['several sources', 'ADD c.txt d.txt /x/', ['c.txt', 'd.txt']],
    ['the JSON form', 'COPY ["c.txt", "a/b", "/x/"]', ['a/b/z.py', 'c.txt']],
    ['a glob, one folder deep', 'COPY *.txt /x/', ['c.txt', 'd.txt']],
    ['a glob in a folder', 'COPY a/*.py /x/', ['a/x.py']],
    ['a glob that matches a folder', 'COPY a/? /x/', ['a/b/z.py']],
    ['** as no more than *', 'COPY **/*.py /x/', ['a/x.py']],
    ['a source that climbs out, cut at the root', 'COPY ../c.txt /x/', ['c.txt']],
    ['nothing for a URL', 'ADD https://example.com/c.txt /x/', []],
    ['nothing for --from', 'COPY --from=alpine c.txt /x/', []],
    ['nothing for a heredoc', 'COPY <<c.txt /x/\nhello\nc.txt', []],
  ])('are %s', (_, instruction, expected) => {
    expect(pathsRead(`FROM scratch\n${instruction}\n`, files)).toEqual(expected);
  });

  it('are everything for a dot, the Dockerfile included', () => {
    expect(pathsRead('FROM scratch\nCOPY . /\n', files)).toEqual(['Dockerfile', ...Object.keys(files).sort()]);
  });

  it('follow links on the way to the source', () => {
    const linked = { ...files, lib: link('a/b') };
    expect(pathsRead('FROM scratch\nCOPY lib/z.py /\n', linked)).toEqual(['a/b/z.py', 'lib']);
  });

  it('obey the ignore file', () => {
    const ignored = { ...files, '.dockerignore': '**/*.py\n!a/b/*\n' };
    expect(pathsRead('FROM scratch\nCOPY a /\n', ignored)).toEqual(['a/b/z.py', 'a/y.txt']);
  });

  it('leave a doubt where the source does not exist', () => {
    expect(inputsOf({ Dockerfile: 'FROM scratch\nCOPY nope /\n' }).doubts).toHaveLength(1);
  });
});

it('reports all problems at once, by service', () => {
  const { inputs, problems } = discover({
    files: { 'a/Dockerfile': 'FROM scratch\nCOPPY a b\n', 'b/Dockerfile': 'FROM scratch\n' },
    services: [
      { name: 'a', dockerfile: 'a/Dockerfile' },
      { name: 'b', dockerfile: 'b/Dockerfile' },
      { name: 'c', dockerfile: 'c/Dockerfile' },
    ],
  });
  expect([...inputs.keys()]).toEqual(['b']);
  expect(problems).toEqual([
    { path: 'services.a.dockerfile', message: 'a/Dockerfile:2: unknown instruction: COPPY', line: 2 },
    { path: 'services.c.dockerfile', message: 'there is no file c/Dockerfile at this commit' },
  ]);
});
