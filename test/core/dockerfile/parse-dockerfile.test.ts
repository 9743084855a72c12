import type { Dockerfile, Instruction } from '../../../core/dockerfile/instruction';
import { parseDockerfile } from '../../../core/dockerfile/parse/parse-dockerfile';

function parse(text: string): Dockerfile {
  const parsed = parseDockerfile(text);
  if (parsed.kind !== 'parsed') throw new Error(JSON.stringify(parsed));
  return parsed.dockerfile;
}

function instructions(text: string): readonly Instruction[] {
  return parse(`FROM scratch\n${text}`).stages[0]?.instructions ?? [];
}

function sources(text: string): readonly string[] {
  return instructions(text).flatMap((each) => (each.kind === 'copy' || each.kind === 'add' ? each.sources : []));
}

function errorOf(text: string): { message: string; line: number | undefined } {
  const parsed = parseDockerfile(text);
  if (parsed.kind !== 'broken') throw new Error(`it was ${parsed.kind}`);
  return { message: parsed.error.message, line: parsed.error.line };
}

describe('lines', () => {
  it.each([
    ['a continuation', 'COPY a \\\n b /x', ['a', 'b']],
    ['a continuation with spaces behind it', 'COPY a \\ \t\n b /x', ['a', 'b']],
    ['comments and empty lines within a continuation', 'COPY a \\\n# no\n\n  # no\n b \\\n /x', ['a', 'b']],
    ['a comment with a continuation mark', '# no \\\nCOPY a /x', ['a']],
    ['an escaped escape at the end', 'COPY a /x\\\\\nCOPY b /x', ['a', 'b']],
    ['a continuation in the middle of a word', 'COPY a\\\nb /x', ['ab']],
    ['Windows line ends', 'COPY a \\\r\n b /x\r\nCOPY c /x\r\n', ['a', 'b', 'c']],
    ['leading white space and lower case', '  \tcopy a /x', ['a']],
    ['no line end at the end', 'COPY a /x', ['a']],
  ])('know %s', (_, text, expected) => {
    expect(sources(text)).toEqual(expected);
  });

  it('continue with a backtick if a directive says so', () => {
    const text = '# escape=`\nFROM scratch\nCOPY a `\n b\\c /x\n';
    expect(parse(text).stages[0]?.instructions).toMatchObject([{ sources: ['a', 'b\\c'], line: 3 }]);
  });

  it('treat a directive behind a comment or an instruction as a comment', () => {
    expect(sources('# escape=`\nCOPY a \\\n b /x')).toEqual(['a', 'b']);
    expect(parse('# hello\n# escape=`\nFROM scratch').escapeMark).toBe('\\');
  });

  it('skip a byte order mark', () => {
    expect(parse('\uFEFFFROM scratch').stages).toHaveLength(1);
  });
});

describe('heredocs', () => {
  it.each([
    ['are no sources', 'COPY <<EOF a /x\nCOPY no /x\nEOF\nCOPY b /x', ['a', 'b']],
    ['may be several', 'COPY <<A <<B /x\nCOPY no /x\nA\nCOPY no /x\nB\nCOPY b /x', ['b']],
    ['may have white space before their name', 'RUN cat << \t EOF\nCOPY no /x\nEOF\nCOPY b /x', ['b']],
    ['are not opened by escaped marks', 'RUN cat \\<<EOF\nCOPY b /x', ['b']],
    ['may be quoted', 'COPY <<"EOF" /x\nCOPY no /x\nEOF\nCOPY b /x', ['b']],
    ['end behind tabs with a dash', 'COPY <<-EOF /x\nCOPY no /x\n\tEOF\nCOPY b /x', ['b']],
    ['do not end behind tabs without one', 'COPY <<EOF /x\n\tEOF\nCOPY no /x\nEOF\nCOPY b /x', ['b']],
    ['belong to RUN', 'RUN cat <<EOF > /x\nCOPY no /x\nEOF\nCOPY b /x', ['b']],
    ['belong to an ONBUILD trigger', 'ONBUILD RUN <<EOF\nCOPY no /x\nEOF\nCOPY b /x', ['b']],
    ['do not belong to other instructions', 'LABEL a=<<EOF\nCOPY b /x', ['b']],
    ['do not belong to the JSON form', 'RUN ["cat", "<<EOF"]\nCOPY b /x', ['b']],
  ])('%s', (_, text, expected) => {
    expect(sources(text)).toEqual(expected);
  });
});

describe('COPY and ADD', () => {
  it('have flags, and --exclude may be repeated', () => {
    const text = 'COPY --from=0 --chown=1:1 --link --parents=true --exclude=a --exclude=b --chmod=755 x /y';
    expect(instructions(text)).toMatchObject([
      { kind: 'copy', from: '0', parents: true, excludes: ['a', 'b'], sources: ['x'], unknownFlags: [] },
    ]);
  });

  it('keep unknown flags separate', () => {
    expect(instructions('ADD --new=1 x /y')).toMatchObject([{ unknownFlags: ['--new=1'] }]);
  });

  it.each([
    ['JSON form', 'COPY ["a b", "c", "/x"]', ['a b', 'c']],
    ['JSON form behind a flag', 'COPY --chown=1 ["a b", "/x"]', ['a b']],
    ['JSON that is broken is split at blanks', 'COPY ["a", /x', ['["a",']],
    ['a lone -- ends the flags', 'COPY -- --from=x /x', ['--from=x']],
  ])('have a %s', (_, text, expected) => {
    expect(sources(text)).toEqual(expected);
  });

  it('read flags byte by byte, as Docker does', () => {
    expect(instructions('RUN --mount=source=é,target=/m true')).toMatchObject([{ mounts: [{ source: 'Ã©' }] }]);
  });
});

describe('RUN --mount', () => {
  it.each([
    ['type=bind,source=a,target=/m', { type: 'bind', source: 'a', from: undefined }],
    ['target=/m,src=a,from=base,ro', { type: 'bind', source: 'a', from: 'base' }],
    ['TYPE=cache,target=/m', { type: 'cache', source: '' }],
    ['"\\"source=a,b\\",target=/m"', { source: 'a,b' }],
  ])('%s', (flag, expected) => {
    expect(instructions(`RUN --mount=${flag} true`)).toMatchObject([{ mounts: [expected] }]);
  });
});

describe('stages', () => {
  it('have a base, a name in lower case, and their instructions', () => {
    const text =
      'ARG A=1\nFROM --platform=linux/amd64 Image:1 as Build\nCOPY a /x\nFROM build\nENV a=b c="d e"\nENV f g h\n';
    expect(parse(text)).toMatchObject({
      globalArgs: [{ args: [{ name: 'A', value: '1' }], line: 1 }],
      stages: [
        { base: 'Image:1', name: 'build', line: 2, instructions: [{ line: 3 }] },
        {
          base: 'build',
          name: undefined,
          instructions: [
            {
              pairs: [
                { name: 'a', value: 'b' },
                { name: 'c', value: '"d e"' },
              ],
            },
            { pairs: [{ name: 'f', value: 'g h' }] },
          ],
        },
      ],
    });
  });
});

describe('errors of Docker', () => {
  it.each([
    ['', 'the file has no FROM', 1],
    ['# only a comment\n', 'the file has no FROM', 1],
    ['FROM a\nCOPPY a b\n', 'unknown instruction: COPPY', 2],
    ['RUN true\nFROM a\n', 'no build stage', 1],
    ['FROM a\n\nCOPY a\n', 'at least two arguments', 3],
    ['FROM a b\n', 'either one argument, or three', 1],
    ['FROM a AS 1a\n', "invalid name for build stage: '1a'", 1],
    ['FROM a # comment\n', 'either one argument, or three', 1],
    ['FROM --new=1 a\n', 'unknown flag on FROM', 1],
    ['FROM a\nENV x\n', 'ENV must have two arguments', 2],
    ['FROM a\nENV a=b c\n', "can't find = in 'c'", 2],
    ['FROM a\nLABEL a=b c\n', "can't find = in 'c'", 2],
    ['FROM a\nARG =b\n', 'ARG names can not be blank', 2],
    ['FROM a\nCOPY <<EOF /x\nhello\n', "unterminated heredoc 'EOF'", 2],
    ['FROM a\nCOPY x <<EOF\nEOF\n', 'heredoc as a destination', 2],
    ['FROM a\nCOPY [1, "b"] \n', 'strings only', 2],
    ['FROM a\nCOPY --chown=1 --chown=2 a b\n', 'duplicate flag --chown', 2],
    ['FROM a\nCOPY --chown a b\n', 'missing a value on flag --chown', 2],
    ['FROM a\nCOPY --link=maybe a b\n', 'must be true or false', 2],
    ['FROM a\nCOPY --from=$x a b\n', 'cannot contain a variable', 2],
    ['FROM a\nRUN --mount=from=$x true\n', 'cannot contain a variable', 2],
    ['FROM a\nONBUILD\n', 'ONBUILD requires', 2],
    ['FROM a\nONBUILD FROM b\n', "FROM isn't allowed", 2],
    ['FROM a\nWORKDIR\n', 'WORKDIR requires', 2],
    ['# escape=x\nFROM a\n', "invalid escape 'x'", 1],
    ['# escape=`\n# escape=`\nFROM a\n', 'only one escape', 2],
    [`FROM a\nRUN ${'x'.repeat(70_000)}\n`, 'longer than 65535 bytes', 2],
  ])('%j', (text, message, line) => {
    expect(errorOf(text)).toEqual({ message: expect.stringContaining(message), line });
  });
});

describe('other frontends than Docker’s', () => {
  it.each([
    ['# syntax=example/other:1\nINCLUDE x\n', 'example/other:1'],
    ['#syntax = registry.example/dev/dockerfile-x\nFROM a\n', 'registry.example/dev/dockerfile-x'],
    ['// syntax=example/other\nanything', 'example/other'],
    ['#!/usr/bin/env x\n# syntax=example/other\nanything', 'example/other'],
    ['{"syntax": "example/other"}', 'example/other'],
  ])('%j is one', (text, syntax) => {
    expect(parseDockerfile(text)).toEqual({ kind: 'foreign', syntax });
  });

  it.each([
    'docker/dockerfile:1',
    'docker.io/docker/dockerfile:1.7-labs',
    'docker/dockerfile-upstream:master',
    'mirror.example/docker/dockerfile@sha256:1',
  ])('%s is Docker’s own', (syntax) => {
    expect(parseDockerfile(`# syntax=${syntax}\n# check=skip=all\nFROM a\n`).kind).toBe('parsed');
  });
});
