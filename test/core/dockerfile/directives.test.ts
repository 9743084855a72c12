/** The first lines of a Dockerfile: parser directives, and other languages. The bounds of what is parsed at all. */
import { isForeign, parseDockerfile } from '../../../core/dockerfile/parse/parse-dockerfile';

const escapeOf = (text: string) => {
  const parsed = parseDockerfile(text);
  return parsed.kind === 'parsed' ? parsed.dockerfile.escapeMark : parsed.kind;
};
const syntaxOf = (text: string) => {
  const parsed = parseDockerfile(text);
  return parsed.kind === 'foreign' ? parsed.syntax : parsed.kind;
};
const errorOf = (text: string) => {
  const parsed = parseDockerfile(text);
  return parsed.kind === 'broken' ? parsed.error.message : parsed.kind;
};

test.each([
  ['#escape=`', '`'],
  ['# ESCAPE = `', '`'],
  ['  #\t escape=` \t\f', '`'],
  ['# check=skip=all\n# escape=`', '`'],
  ['# syntax=docker/dockerfile:1\r\n# escape=`\r', '`'],
  ['# other=1\n# escape=`', '\\'],
  ['# escape=\n# escape=`', '\\'],
  ['\n# escape=`', '\\'],
  ['## escape=`', '\\'],
  ['# 1escape=`', '\\'],
])('the directives %j make %s the escape', (text, expected) => {
  expect(escapeOf(`${text}\nFROM a\n`)).toBe(expected);
});

test('directives may be all that a file has', () => {
  expect(errorOf('# escape=`')).toContain('the file has no FROM');
});

test.each([
  ['# syntax=example/other and more', 'example/other'],
  ['//syntax=example/other', 'example/other'],
  ['//\tSYNTAX \t=\t example/other x', 'example/other'],
  ['#!/bin/x\n#syntax=example/other', 'example/other'],
  ['#!/bin/x\n# Syntax = example/other', 'example/other'],
  ['#!/bin/x\n// syntax=example/other', 'example/other'],
  [' \n {"a": 1, "syntax": "example/other"}', 'example/other'],
])('%j is in another language', (text, expected) => {
  expect(syntaxOf(text)).toBe(expected);
});

test.each([
  '#!/bin/x\nFROM a',
  '#!/bin/x\nFROM a\n# syntax=example/other',
  'FROM a\n// syntax=example/other',
  'FROM a\nRUN {"syntax": "example/other"}',
])('%j is in the language of Docker', (text) => {
  expect(syntaxOf(text)).toMatch(/^(parsed|broken)$/);
});

test.each([
  '{"syntax": 1}',
  '{"a": "b"}',
  '{',
  '[{"syntax": "x"}]',
  'x {"syntax": "y"}',
  '#!/bin/x',
  'xsyntax=example/other',
])('%j is in no language, and refused as a Dockerfile', (text) => {
  expect(syntaxOf(text)).toBe('broken');
});

test.each([
  ['docker/dockerfile', false],
  ['docker/dockerfile-upstream', false],
  ['mirror/docker/dockerfile:1', false],
  ['dockerfile.v0', false],
  ['xdocker/dockerfile', true],
  ['docker/dockerfilex', true],
  ['docker/dockerfile/x', true],
  [undefined, false],
])('the frontend %s is foreign: %p', (syntax, expected) => {
  expect(isForeign(syntax)).toBe(expected);
});

test('a byte order mark counts only at the start', () => {
  expect(errorOf('FROM a\n\uFEFFRUN x')).toBe('unknown instruction: \uFEFFRUN');
});

test.each([
  ['FROM', 'FROM requires either one argument, or three: FROM <image> AS <name>'],
  ['FROM a as', 'FROM requires either one argument, or three: FROM <image> AS <name>'],
  ['FROM a is b', 'FROM requires either one argument, or three: FROM <image> AS <name>'],
  ['FROM a AS b c', 'FROM requires either one argument, or three: FROM <image> AS <name>'],
  ['FROM a\nARG', 'ARG requires at least one argument'],
  ['FROM a\nLABEL', 'LABEL requires at least one argument'],
  ['FROM a\nEXPOSE', 'EXPOSE requires at least one argument'],
])('%j is refused', (text, message) => {
  expect(errorOf(text)).toEqual(message);
});

const repeat = (count: number, line: string) => `${line}\n`.repeat(count);

test.each([
  [500, 'parsed'],
  [501, 'the file has more than 500 stages'],
])('a file of %i stages: %s', (count, expected) => {
  expect(errorOf(repeat(count, 'FROM a'))).toBe(expected);
});

const TOO_MANY = 'the file has more than 10000 instructions, variables and sources';

test.each([
  ['instructions', 'RUN x', 10_000],
  ['arguments', 'ARG a b', 3_333],
  ['variables', 'ENV a=b c=d', 3_333],
  ['mounts', 'RUN --mount=target=/a --mount=target=/b x', 3_333],
  ['sources', 'COPY a b /', 3_333],
  ['excludes', 'COPY --exclude=a --exclude=b c /', 2_500],
  ['triggers', 'ONBUILD COPY a /', 3_333],
  ['triggers that decide nothing', 'ONBUILD EXPOSE 1', 10_000],
])('a file has at most 10,000 parts: %s', (_, line, most) => {
  expect(errorOf(`FROM a\n${repeat(most, line)}`)).toBe('parsed');
  expect(errorOf(`FROM a\n${repeat(most + 1, line)}`)).toBe(TOO_MANY);
});
