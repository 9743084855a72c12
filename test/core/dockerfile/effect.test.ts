// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import type { Service } from '../../../core/catalog/model';
import { type Files, inputsOf } from '../../support/docker/docker-context';

const files: Files = { f: 'f', g: 'g' };

const digest = (dockerfile: string, service: Partial<Service> = {}) =>
  inputsOf({ ...files, Dockerfile: dockerfile }, service).inputDigest;

const RUN = 'FROM a\nRUN x && \\\n  y\n';
const HEREDOC = 'FROM a\nRUN <<E\nx\nE\n';
const STAGED = 'FROM a AS one\nCOPY f /\nFROM b AS two\nCOPY g /\nFROM c\nCOPY --from=one /f /\n';
/** Builds on both stages above it, so that only the number can mean another one. */
const NUMBERED = 'FROM c\nCOPY --from=one /f /\nCOPY --from=two /f /\nCOPY --from=1 /f /n\n';

describe('the digest stays with', () => {
  it.each<[string, string, string]>([
    ['comments', 'FROM a\nCOPY f /\n', '# 1\nFROM a\n# 3\n  # 4\nCOPY f /\n# 5'],
    ['blank lines', 'FROM a\nCOPY f /\n', '\n\nFROM a\n \t\nCOPY f /\n\n'],
    ['a missing line end', 'FROM a\nCOPY f /\n', 'FROM a\nCOPY f /'],
    ['white space before an instruction', 'FROM a\nCOPY f /\n', '  FROM a\n\tCOPY f /\n'],
    ['Windows line ends', RUN, RUN.replaceAll('\n', '\r\n')],
    ['a byte order mark', RUN, `\uFEFF${RUN}`],
    ['comments and blank lines in a continued line', RUN, 'FROM a\nRUN x && \\\n# c\n\n  # d\n  y\n'],
    ['a comment that looks like a directive', RUN, `# x=y\n# escape=\`\n${RUN}`],
    ['a stage that is not built', STAGED, STAGED.replace('COPY g /', 'RUN x')],
    ['a stage that is no longer there', STAGED, STAGED.replace('FROM b AS two\nCOPY g /\n', '')],
    ['a new stage', STAGED, STAGED.replace('FROM c', 'FROM d AS new\nRUN z\nFROM c')],
    ['an argument that only such a stage sees', `ARG N=1\n${RUN}`, `ARG N=2\n${RUN}`],
    ['an argument that nothing sees', RUN, `ARG N=2\n${RUN}`],
    [
      'an argument beside one that a stage declares',
      'ARG N=1\nARG M\nFROM a\nARG M\n',
      'ARG N=2\nARG M\nFROM a\nARG M\n',
    ],
  ])('%s', (_, before, after) => {
    expect(digest(after)).toBe(digest(before));
  });

  it('everything behind the target', () => {
    const service = { target: 'one' };
    expect(digest(STAGED.replace('FROM c', 'FROM d'), service)).toBe(digest(STAGED, service));
  });
});

describe('the digest changes with', () => {
  it.each<[string, string, string]>([
    ['a comment in a heredoc', HEREDOC, 'FROM a\nRUN <<E\n# c\nx\nE\n'],
    ['a blank line in a heredoc', HEREDOC, 'FROM a\nRUN <<E\n\nx\nE\n'],
    ['the blank line that is all of a heredoc', 'FROM a\nRUN <<E\nE\n', 'FROM a\nRUN <<E\n\nE\n'],
    ['Windows line ends in a heredoc', HEREDOC, HEREDOC.replace('x\n', 'x\r\n')],
    ['white space in RUN, which the history shows', RUN, 'FROM a\nRUN x &&  \\\n  y\n'],
    ['white space at the start of a continued line', RUN, 'FROM a\nRUN x && \\\n   y\n'],
    ['a hash behind other text', RUN, 'FROM a\nRUN x && \\\n  y # c\n'],
    ['a comment that ends a continued line', 'FROM a\nRUN x \\\n  y\n', 'FROM a\nRUN x\n# \\\n  LABEL y=z\n'],
    ['the escape', 'FROM a\nLABEL x=y\n', '# escape=`\nFROM a\nLABEL x=y\n'],
    ['a comment above a directive', '# escape=`\nFROM a\nLABEL x=y\n', '# c\n# escape=`\nFROM a\nLABEL x=y\n'],
    [
      'a blank line above a directive',
      '# syntax=docker/dockerfile:1\nFROM a\n',
      '\n# syntax=docker/dockerfile:1\nFROM a\n',
    ],
    ['the frontend', 'FROM a\n', '# syntax=docker/dockerfile:1\nFROM a\n'],
    ['the checks', 'FROM a\n', '# check=skip=all\nFROM a\n'],
    ['a label', 'FROM a\nLABEL x=1\n', 'FROM a\nLABEL x=2\n'],
    ['the order of instructions', 'FROM a\nUSER x\nENV a=b\n', 'FROM a\nENV a=b\nUSER x\n'],
    ['a stage that is copied from', STAGED, STAGED.replace('COPY f /', 'COPY f /f')],
    ['the stage that a number means', STAGED.replace('=one', '=0'), STAGED.replace('=one', '=1')],
    [
      'the number of a stage, once another one is before it',
      STAGED.replace('=one', '=0'),
      `FROM z\n${STAGED.replace('=one', '=0')}`,
    ],
    [
      'the stage that a number means, with the same instructions in each stage that is built',
      `FROM a AS one\nFROM b AS two\n${NUMBERED}`,
      `FROM z\nFROM a AS one\nFROM b AS two\n${NUMBERED}`,
    ],
    ['the stage that a name means', STAGED, STAGED.replace('AS two', 'AS one')],
    ['a stage with the name of an image', 'FROM a\nRUN x\n', 'FROM b AS a\nFROM a\nRUN x\n'],
    ['an argument of FROM', 'ARG N=1\nFROM a:$N\n', 'ARG N=2\nFROM a:$N\n'],
    [
      'an argument of one FROM of two',
      'ARG N=1\nFROM --platform=$N a AS b\nFROM b\n',
      'ARG N=2\nFROM --platform=$N a AS b\nFROM b\n',
    ],
    ['an argument of a platform', 'ARG N=1\nFROM --platform=${N} a\n', 'ARG N=2\nFROM --platform=${N} a\n'],
    ['an argument of an argument', 'ARG M=1\nARG N=$M\nFROM a:$N\n', 'ARG M=2\nARG N=$M\nFROM a:$N\n'],
    ['an argument that a stage declares', 'ARG N=1\nFROM a\nARG N\n', 'ARG N=2\nFROM a\nARG N\n'],
    ['an argument whose name is in a variable', 'ARG N=1\nFROM a\nARG $M\n', 'ARG N=2\nFROM a\nARG $M\n'],
    ['an argument of BuildKit', 'FROM a\n', 'ARG BUILDKIT_SBOM_SCAN_STAGE=true\nFROM a\n'],
    ['the platform of a stage', 'FROM a\n', 'FROM --platform=linux/arm64 a\n'],
    [
      'white space at the end of a trigger, which the image keeps',
      'FROM a\nONBUILD RUN x\n',
      'FROM a\nONBUILD RUN x \n',
    ],
    ['a trigger', 'FROM a\nONBUILD RUN x\n', 'FROM a\nONBUILD RUN y\n'],
    [
      'a trigger that a later stage runs',
      'FROM a AS b\nONBUILD RUN x\nFROM b\n',
      'FROM a AS b\nONBUILD RUN y\nFROM b\n',
    ],
    [
      'the stage of a mount',
      `${STAGED}RUN --mount=from=one,target=/m x\n`,
      `${STAGED}RUN --mount=from=two,target=/m x\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(digest(after)).not.toBe(digest(before));
  });

  it('the target and the stage of the tests', () => {
    const test = (name: string) => ({ test: { target: name } });
    expect(digest(STAGED, { target: 'one' })).not.toBe(digest(STAGED, { target: 'two' }));
    expect(digest(STAGED, test('one'))).not.toBe(digest(STAGED, test('two')));
    const changed = STAGED.replace('COPY g /', 'RUN x');
    expect(digest(changed, test('two'))).not.toBe(digest(STAGED, test('two')));
  });

  it('a comment, once the Dockerfile itself is copied', () => {
    expect(digest('FROM a\nCOPY . /\n# c\n')).not.toBe(digest('FROM a\nCOPY . /\n'));
    expect(digest('FROM a\nCOPY Dockerfile /\n# c\n')).not.toBe(digest('FROM a\nCOPY Dockerfile /\n'));
  });

  it('a stage that one of the platforms needs', () => {
    const made = (line: string) => `FROM a AS amd64\nFROM b AS arm64\n${line}\nARG TARGETARCH\nFROM $TARGETARCH\n`;
    const service = { platforms: ['linux/amd64', 'linux/arm64'] };
    expect(digest(made('RUN x'), service)).not.toBe(digest(made('RUN y'), service));
  });
});

describe('every byte counts, and the plan says so,', () => {
  it.each<[string, string, Partial<Service>]>([
    ['in another language', '# syntax=other/language\nFROM a\n', {}],
    ['with a frontend without heredocs', '# syntax=docker/dockerfile:1.3\nFROM a\n', {}],
    ['with a frontend whose version is not known', `# syntax=docker/dockerfile@sha256:${'0'.repeat(64)}\nFROM a\n`, {}],
    ['with the frontend of an argument', 'FROM a\n', { buildArgs: { BUILDKIT_SYNTAX: 'docker/dockerfile:1.2' } }],
    ['if a check can refuse a comment', '# check=skip=all;error=true\nFROM a\n', {}],
    ['if an argument has the checks', 'FROM a\n', { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: 'error=true' } }],
    ['if the time of the image is that of a stage', 'ARG SOURCE_DATE_EPOCH=two\nFROM a AS two\nFROM b\n', {}],
    ['if an argument gives that stage', 'FROM a AS two\nFROM b\n', { buildArgs: { SOURCE_DATE_EPOCH: 'two' } }],
  ])('%s', (_, dockerfile, service) => {
    expect(digest(`${dockerfile}# c\n`, service)).not.toBe(digest(dockerfile, service));
    const doubts = inputsOf({ Dockerfile: dockerfile }, service).doubts.map(({ text }) => text);
    expect(doubts).toContainEqual(expect.stringMatching(/every byte of the Dockerfile counts|is not Docker's own/));
  });

  it.each([
    'FROM other AS made\nFROM a:onbuild\n',
    'FROM other AS made\nFROM a\nCOPY --made-by=made f /\n',
    'FROM other AS made\nFROM $BUILDARCH\n',
  ])('where a stage may be used unseen: %j', (dockerfile) => {
    const found = ['', '# c\n'].map((end) => {
      const { inputDigest, doubts } = inputsOf({
        ...files,
        '.dockerignore': 'Dockerfile',
        Dockerfile: dockerfile + end,
      });
      return { inputDigest, isDoubted: doubts.length > 0 };
    });
    expect(found[0]?.inputDigest).not.toBe(found[1]?.inputDigest);
    expect(found.map(({ isDoubted }) => isDoubted)).toEqual([true, true]);
  });

  it('with bytes that are not UTF-8, which would look alike', () => {
    const doubts = inputsOf({ Dockerfile: 'FROM a\nLABEL x=\uFFFD\n' }).doubts.map(({ text }) => text);
    expect(doubts).toEqual([expect.stringContaining('it has bytes that are not UTF-8, so every byte')]);
    expect(digest('FROM a\nLABEL x=\uFFFD\n# c\n')).not.toBe(digest('FROM a\nLABEL x=\uFFFD\n'));
  });

  it.each([
    'docker/dockerfile',
    'docker/dockerfile:1',
    'docker.io/docker/dockerfile:1.4',
    'docker/dockerfile:1.17.0-labs',
    'mirror.example:5000/hub/docker/dockerfile:1-labs',
    `docker/dockerfile:1.7@sha256:${'0'.repeat(64)}`,
  ])('but not with %s', (syntax) => {
    const dockerfile = `# syntax=${syntax}\nFROM a\n`;
    expect(digest(`${dockerfile}# c\n`)).toBe(digest(dockerfile));
    expect(inputsOf({ Dockerfile: dockerfile }).doubts).toEqual([]);
  });
});
