// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/** A Dockerfile or ignore file that is written to exhaust the planner ends with a typed error, soon. */
import { parseDockerfile } from '../../../core/dockerfile/parse/parse-dockerfile';
import { parseIgnoreFile } from '../../../core/dockerignore/ignore-file';
import { compileGlob, matchesWildcard } from '../../../core/text/glob';
import { discover, type Files, pathsRead } from '../../support/docker/docker-context';

const MEBIBYTE = 1 << 20;
const SOON = 5_000;

/** Returns the messages of the service's problems. Fails if finding them takes five seconds. */
function problemsOf(files: Files): readonly string[] {
  const start = Date.now();
  const { problems } = discover({ files });
  expect(Date.now() - start).toBeLessThan(SOON);
  return problems.map(({ message }) => message);
}

function repeat(count: number, text: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => text(at)).join('\n');
}

const manyFiles: Files = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`${'a'.repeat(100)}${at}`, '']));
const HOSTILE: readonly (readonly [what: string, files: Files, message: string])[] = [
  [
    'ENV values that double',
    { Dockerfile: `FROM scratch\nENV A0=xx\n${repeat(25, (at) => `ENV A${at + 1}=$A${at}$A${at}`)}\nCOPY $A25 /\n` },
    'expands to more than 131072 characters',
  ],
  [
    'ARG values that double before FROM',
    { Dockerfile: `ARG A0=xx\n${repeat(25, (at) => `ARG A${at + 1}=$A${at}$A${at}`)}\nFROM $A25\n` },
    'expands to more than 131072 characters',
  ],
  [
    'a replacement that multiplies',
    { Dockerfile: `FROM scratch\nARG A=${'a'.repeat(60_000)}\nARG B=\${A//a/$A}\nCOPY $B /\n` },
    'expands to more than 131072 characters',
  ],
  [
    'a long value in many words',
    { Dockerfile: `FROM scratch\nARG A=${'a'.repeat(60_000)}\n${repeat(2000, () => 'ENV B=x$A$A')}\n` },
    'expand to more than 4194304 characters in all',
  ],
  [
    'a long value in words that are thrown away',
    { Dockerfile: `FROM scratch\nARG A=${'a'.repeat(60_000)}\nENV B=${'${A:+}${B:+$A}'.repeat(2000)}\n` },
    'expand to more than 4194304 characters in all',
  ],
  [
    'substitutions that are nested deeply',
    { Dockerfile: `FROM scratch\nENV A=${'${B:-'.repeat(10_000)}x${'}'.repeat(10_000)}\n` },
    'nested more than 100 deep',
  ],
  [
    'a long pattern in a substitution',
    { Dockerfile: `FROM scratch\nARG A=${'a'.repeat(60_000)}\nENV B=\${A##${'*a'.repeat(200)}b}\n` },
    'at most 256 are matched',
  ],
  ['many stages', { Dockerfile: repeat(600, () => 'FROM scratch') }, 'more than 500 stages'],
  [
    'many instructions',
    { Dockerfile: `FROM scratch\n${repeat(10_001, () => 'RUN x')}` },
    'more than 10000 instructions, variables and sources',
  ],
  [
    'many sources in one instruction',
    { Dockerfile: `FROM scratch\nCOPY ${'* '.repeat(20_000)}/x/\n` },
    'more than 10000 instructions, variables and sources',
  ],
  [
    'many triggers in many stages',
    {
      Dockerfile: `FROM scratch AS a\n${repeat(4000, () => 'ONBUILD RUN x')}\n${repeat(400, () => 'FROM a')}\nFROM scratch\n${repeat(400, (at) => `COPY --from=${at + 1} / /`)}\n`,
    },
    'those of ONBUILD included',
  ],
  [
    'many patterns on many files',
    { ...manyFiles, Dockerfile: `FROM scratch\nCOPY ${repeat(4000, (at) => `*a*${at}b`).replaceAll('\n', ' ')} /x/\n` },
    'too many patterns on too many files',
  ],
  [
    'a source that matches every file, many times',
    { ...manyFiles, Dockerfile: `FROM scratch\nCOPY ${'* '.repeat(5000)}/x/\n` },
    'too many patterns on too many files',
  ],
  [
    'many files to exclude from',
    {
      ...manyFiles,
      Dockerfile: `FROM scratch\nCOPY ${repeat(4000, (at) => `--exclude=*a${at} \\`)}\n . /x/\n`,
    },
    'too many patterns on too many files',
  ],
  ['a Dockerfile of 2 MiB', { Dockerfile: '#'.repeat(2 * MEBIBYTE) }, 'at most 1048576 are read'],
  [
    'an ignore file of 100 MiB',
    { Dockerfile: 'FROM scratch\n', '.dockerignore': 'a\n'.repeat(50 * MEBIBYTE) },
    'at most 1048576 are read',
  ],
  [
    'an ignore file of many patterns',
    { ...manyFiles, Dockerfile: 'FROM scratch\n', '.dockerignore': repeat(6000, (at) => `*a*${at}`) },
    'more than 5000 patterns',
  ],
  [
    'a long ignore pattern',
    { Dockerfile: 'FROM scratch\n', '.dockerignore': '*a'.repeat(5000) },
    'at most 4096 are matched',
  ],
  [
    'a stage name of a megabyte',
    { Dockerfile: `FROM scratch AS ${'a '.repeat(30_000)}` },
    'FROM requires either one argument, or three',
  ],
];

it.each(HOSTILE)('%s', (_, files, expected) => {
  const problems = problemsOf(files);
  expect(problems[0]).toContain(expected);
  expect(problems.join('\n').length).toBeLessThan(1000);
});

describe('a text on which expressions that backtrack take minutes is parsed at once:', () => {
  const LONG = 60_000;
  it.each([
    ['carriage returns', `FROM scratch\n${'\r'.repeat(LONG)}x\r\n`],
    ['white space in a directive', `# syntax=${' '.repeat(LONG)}x${' '.repeat(LONG)}\rx\nFROM scratch\n`],
    ['white space behind a heredoc', `FROM scratch\nCOPY <<-${'\t'.repeat(LONG)}\t< /x\n`],
    ['fields of a mount', `FROM scratch\nRUN --mount=${'a,'.repeat(LONG / 2)} x\n`],
    ['commands that look like options', `FROM scratch\nRUN apt ${'-apt '.repeat(LONG / 5)}\n`],
    ['pipes and continuations', `FROM scratch\nRUN <<EOF\n${'curl x \\\n'.repeat(LONG / 9)}EOF\n`],
  ])('%s', (_, text) => {
    const start = Date.now();
    parseDockerfile(text);
    discover({ files: { Dockerfile: text } });
    expect(Date.now() - start).toBeLessThan(1_000);
  });
});

describe('a pattern with many stars takes no longer than its length allows:', () => {
  const NAME = 'a'.repeat(200);

  it('in an ignore file', () => {
    const parsed = parseIgnoreFile(`a/${'*a'.repeat(12)}*b\n**/${'*a'.repeat(12)}*b\n`);
    if (parsed.kind === 'broken') throw new Error(parsed.message);
    expect(parsed.matcher.isExcludedToday(`a/${NAME}`, undefined)).toBe(false);
    expect(parsed.matcher.isExcludedEarlier(`a/${NAME}`, undefined)).toBe(false);
    expect(parsed.matcher.isExcludedToday(`a/${NAME}b`, undefined)).toBe(true);
  });

  it('in COPY', () => {
    const files = { [NAME]: '', [`${NAME}b`]: '' };
    expect(pathsRead(`FROM scratch\nCOPY ${'*a'.repeat(12)}*b /x/\n`, files)).toEqual([`${NAME}b`]);
    expect(compileGlob(`${'*a'.repeat(12)}b`)?.matches(NAME)).toBe(false);
  });

  it('in --exclude and --parents', () => {
    const files = { [NAME]: '', [`${NAME}b`]: '', c: '' };
    const pattern = `${'*a'.repeat(12)}*b`;
    expect(pathsRead(`FROM scratch\nCOPY --exclude=${pattern} . /x/\n`, files)).toEqual(
      ['Dockerfile', NAME, 'c'].sort(),
    );
    expect(pathsRead(`FROM scratch\nCOPY --parents ${pattern} /x/\n`, files)).toEqual([`${NAME}b`]);
  });

  it('in a substitution', () => {
    const dockerfile = `FROM scratch\nARG A=${NAME}\nARG B=\${A##${'*a'.repeat(12)}*b}\nARG C=\${A%%b${'*a'.repeat(12)}*}\nCOPY $B /x/\nCOPY $C /x/\n`;
    expect(pathsRead(dockerfile, { [NAME]: '' })).toEqual([NAME]);
  });

  it('in a branch rule', () => {
    expect(matchesWildcard(`${'*a'.repeat(30)}*b`, 'a'.repeat(5000))).toBe(false);
    expect(matchesWildcard(`${'*a'.repeat(30)}*b`, `${'a'.repeat(5000)}b`)).toBe(true);
  });
});
