import * as fc from 'fast-check';
import { InvalidInputError } from '../../../core/contract/errors';
import {
  type LockEntry,
  parseVersionLock,
  printVersionLock,
  updateLock,
  versionLockPath,
} from '../../../core/version/version-lock';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const digests = hex(64).map((digits) => `sha256:${digits}`);
const bases = fc.dictionary(
  fc.constantFrom('python:3.12', 'python', 'localhost:5000/team/base:1.0', '1.0', 'null', 'constructor'),
  digests,
  { minKeys: 1, noNullPrototype: true },
);
const days = fc
  .date({ min: new Date('2013-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const entries: fc.Arbitrary<LockEntry> = fc.record(
  {
    version: fc.constantFrom('v1.4.0', 'v1.4.0-dev-2', '0.1.0'),
    digest: digests,
    inputDigest: hex(40),
    source: hex(40),
    built: days,
    bases,
  },
  { requiredKeys: ['version', 'digest', 'inputDigest', 'source'], noNullPrototype: true },
);
const names = fc.oneof(
  fc.constantFrom('no', 'null', '1.0', '007', 'mcp-mongo', 'true'),
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
);

function entry(digit: string, version = 'v1.4.0'): LockEntry {
  return { version, digest: `sha256:${digit.repeat(64)}`, inputDigest: digit.repeat(40), source: digit.repeat(40) };
}

function problemsOf(text: string): readonly string[] {
  try {
    parseVersionLock(text, 'chart/version-lock.yaml');
  } catch (error) {
    if (error instanceof InvalidInputError)
      return [`${error.name}`, ...error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`)];
    throw error;
  }
  throw new Error('the lock was accepted');
}

test('the lock is in the folder of the values file and has its suffix', () => {
  expect(versionLockPath('cloud-tuner-dev/values.yaml')).toBe('cloud-tuner-dev/version-lock.yaml');
  expect(versionLockPath('values.yaml')).toBe('version-lock.yaml');
  expect(versionLockPath('chart/values.yml')).toBe('chart/version-lock.yaml');
  expect(versionLockPath('chart/values-staging.yaml')).toBe('chart/version-lock-staging.yaml');
  expect(versionLockPath('chart/staging.yaml')).toBe('chart/version-lock-staging.yaml');
  expect(versionLockPath('chart/my.yaml.values')).toBe('chart/version-lock-my.yaml.values.yaml');
});

test('every lock survives printing and reading, also with digests that look like numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, entries), { maxLength: 20 }), (pairs) => {
      const lock = new Map(pairs);
      const read = parseVersionLock(printVersionLock(lock), 'version-lock.yaml');
      expect(read).toStrictEqual(lock);
      expect(printVersionLock(read)).toBe(printVersionLock(lock));
    }),
  );
});

test('one line per service, sorted by name, in any order of the services', () => {
  const text = printVersionLock(
    new Map([
      ['restapi', entry('a')],
      ['auth', entry('1', 'v1.4.0-dev-2')],
    ]),
  );
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    `auth: { version: "v1.4.0-dev-2", digest: "sha256:${'1'.repeat(64)}", inputDigest: "${'1'.repeat(40)}", source: "${'1'.repeat(40)}" }`,
    `restapi: { version: "v1.4.0", digest: "sha256:${'a'.repeat(64)}", inputDigest: "${'a'.repeat(40)}", source: "${'a'.repeat(40)}" }`,
  ]);
  expect(text).toBe(
    printVersionLock(
      new Map([
        ['auth', entry('1', 'v1.4.0-dev-2')],
        ['restapi', entry('a')],
      ]),
    ),
  );
});

test('how an image was built stands on its line, sorted, and only where it is known', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const facts = { built: '2026-11-23', bases: { 'python:3.12': digest, nginx: digest } };
  const text = printVersionLock(new Map([['auth', { ...entry('a'), ...facts }]]));

  expect(text).toContain(
    `source: "${'a'.repeat(40)}", built: "2026-11-23", bases: { "nginx": "${digest}", "python:3.12": "${digest}" } }\n`,
  );
  expect(printVersionLock(new Map([['auth', { ...entry('a'), bases: {} }]]))).not.toContain('bases');
});

test.each([
  ['a day that is none', 'built: "2026-02-30"', /built is '2026-02-30'; it must be a day/],
  ['a time', 'built: "2026-11-23T10:00:00Z"', /it must be a day/],
  ['a list of days', 'built: [1]', /built is ''/],
  ['base images that are a text', 'bases: "python:3.12"', /bases must have a digest for each image/],
  ['a base image by tag', 'bases: { "python:3.12": "latest" }', /bases must have a digest for each image/],
])('%s is refused in the version lock', (_what, field, expected) => {
  const text = printVersionLock(new Map([['auth', entry('a')]])).replace(' }', `, ${field} }`);
  expect(problemsOf(text).slice(1).join()).toMatch(expected);
});

test.each(['', '# nothing yet\n', '\n'])('a missing or empty lock (%j) has no services', (text) => {
  expect(parseVersionLock(text, 'version-lock.yaml').size).toBe(0);
});

test('a lock that was checked out with CRLF and a byte order mark reads the same', () => {
  const lock = new Map([['auth', entry('a')]]);
  const text = `\uFEFF${printVersionLock(lock).replaceAll('\n', '\r\n')}`;
  expect(parseVersionLock(text, 'version-lock.yaml')).toEqual(lock);
});

test('git conflict markers are named, with their lines', () => {
  const [line] = printVersionLock(new Map([['auth', entry('a')]]))
    .split('\n')
    .slice(2);
  expect(problemsOf(`<<<<<<< HEAD\n${line}\n=======\n${line}\n>>>>>>> other\n`)).toEqual([
    'ValuesFile',
    '1 merge conflict: has the git conflict marker <<<<<<<',
    '3 merge conflict: has the git conflict marker =======',
    '5 merge conflict: has the git conflict marker >>>>>>>',
  ]);
});

test('all problems of all services are listed, with their lines', () => {
  const right =
    printVersionLock(new Map([['auth', entry('a')]]))
      .split('\n')
      .at(-2) ?? '';
  const text = [
    right,
    'restapi: { version: latest, digest: "sha256:12" }',
    right.replace('auth', 'ngui').replace(' }', ', owner: me }'),
    'diworker: v1.3.0',
    '',
  ].join('\n');
  expect(problemsOf(text)).toEqual([
    'ValuesFile',
    '2 restapi: has no inputDigest',
    '2 restapi: has no source',
    "2 restapi: version is 'latest'; it must be a version such as v1.4.0 or v1.4.0-dev-2",
    "2 restapi: digest is 'sha256:12'; it must be sha256: and 64 hex digits",
    "3 ngui: has the unknown field 'owner'",
    '4 diworker: must have the fields version, digest, inputDigest, source',
  ]);
});

test.each([
  ['the same service twice', 'auth: {}\nauth: {}\n', /\n2 auth: is in the file twice, the second time here/],
  ['one value', 'auth\n', /^1 .*has no services/],
  ['a key that is a list', '? [auth]\n: {}\n', /^1 .*'' cannot be the name of a service/],
  ['a record with a key that is a list', `auth: { ? [a] : b, version: "v1.4.0" }\n`, /unknown field ''/],
  ['a field that is a list', 'auth: { version: [a] }\n', /version is ''/],
  ['a field that every object has', 'auth: { toString: x }\n', /unknown field 'toString'/],
  ['several documents', 'auth: {}\n---\nauth: {}\n', /more than one document/],
  ['a list', '- auth\n', /^1 .*has no services/],
  ['broken YAML', 'auth: { version: "v1\n', /YAML/],
  ['a name that is none', '"../x": {}\n', /^1 .*cannot be the name of a service/],
])('%s is refused with its line', (_what, text, expected) => {
  expect(problemsOf(text).slice(1).join('\n')).toMatch(expected);
});

const LINE =
  printVersionLock(new Map([['auth', entry('a')]]))
    .split('\n')
    .at(-2) ?? '';

test.each([
  ['digest', `sha256:${'a'.repeat(64)}`, [`x${'sha256:'}${'a'.repeat(64)}`, `sha256:${'a'.repeat(65)}`]],
  ['inputDigest', 'a'.repeat(40), ['a'.repeat(39), 'a'.repeat(41), `x${'a'.repeat(40)}`, `${'a'.repeat(40)}x`]],
  [
    'source',
    'a'.repeat(40),
    ['a', 'a'.repeat(41), 'a'.repeat(63), 'a'.repeat(65), `x${'a'.repeat(40)}`, 'x'.repeat(64)],
  ],
])('a %s must be right from its first to its last character', (field, right, wrong) => {
  for (const text of wrong) {
    const line = LINE.replace(`${field}: "${right}"`, `${field}: "${text}"`);
    expect(problemsOf(`${line}\n`)[1]).toContain(`1 auth: ${field} is '${text.slice(0, 80)}'; it must be`);
  }
});

test('the commit of a repository with SHA-256 is a source, too', () => {
  const text = `${LINE.replace(`source: "${'a'.repeat(40)}"`, `source: "${'b'.repeat(64)}"`)}\n`;
  expect(parseVersionLock(text, 'lock').get('auth')?.source).toBe('b'.repeat(64));
});

test('a service named like a number keeps its spelling without quotes', () => {
  expect([...parseVersionLock(`${LINE.replace('auth', '1.0')}\n`, 'lock').keys()]).toEqual(['1.0']);
});

test.each([
  ['no day', 'built: "2026-02-30"', /built is '2026-02-30'; it must be a day/],
  ['a day and more', 'built: "2026-11-23T10:00"', /built is/],
  ['a day after something', 'built: "x2026-11-23"', /built is/],
  ['a long text', `built: "${'9'.repeat(100)}"`, /built is '9{80}'/],
  [
    'a base image by tag beside one by digest',
    `bases: { a: "sha256:${'1'.repeat(64)}", b: "latest" }`,
    /bases must have/,
  ],
  ['a base image without a name', `bases: { "": "sha256:${'1'.repeat(64)}" }`, /bases must have/],
  ['no base images', 'bases: {}', /bases must have/],
])('a record with %s is refused', (_what, field, expected) => {
  expect(problemsOf(`${LINE.replace(' }', `, ${field} }`)}\n`).slice(1)).toEqual([expect.stringMatching(expected)]);
});

test('what is long is cut, of many problems the first 100 are listed, and the way back can be pasted', () => {
  const many = Array.from({ length: 103 }, (_, index) => `s${index}: {}`).join('\n');
  const all = problemsOf(`${many}\n`);
  expect(all).toHaveLength(102);
  expect(all.at(-1)).toBe('undefined chart/version-lock.yaml: has 312 more problems');
  const long = 'x'.repeat(200);
  expect(problemsOf(`${long}: {}\n`)[1]).toBe(
    `1 chart/version-lock.yaml: '${'x'.repeat(80)}' cannot be the name of a service`,
  );
  expect(problemsOf(`${LINE.replace(' }', `, ${long}: 1 }`)}\n`)[1]).toBe(
    `1 auth: has the unknown field '${'x'.repeat(40)}'`,
  );
  expect(() => parseVersionLock('a', 'my chart/lock.yaml')).toThrow(
    /^the version lock my chart\/lock\.yaml cannot be used:[\s\S]*git checkout HEAD~1 -- 'my chart\/lock\.yaml'$/,
  );
});

test('an empty file, a comment and a null are an empty lock', () => {
  for (const text of ['', '# nothing yet\n', 'null\n', '~\n'])
    expect(parseVersionLock(text, 'lock')).toEqual(new Map());
});

test('a release that is started again keeps the sources, unless version, digest or inputs differ', () => {
  const locked = entry('a');
  const update = (part: Partial<LockEntry>) => {
    const released = { name: 'auth', image: 'auth', values: [], followsPlatform: true, ...locked, ...part };
    return updateLock(new Map([['auth', locked]]), [{ ...released, source: 'f'.repeat(40) }]).get('auth')?.source;
  };
  expect(update({})).toBe(locked.source);
  expect(
    updateLock(new Map(), [{ name: 'auth', image: 'auth', values: [], followsPlatform: true, ...locked }]),
  ).toEqual(new Map([['auth', locked]]));
  expect(update({ version: 'v1.5.0' })).toBe('f'.repeat(40));
  expect(update({ digest: `sha256:${'b'.repeat(64)}` })).toBe('f'.repeat(40));
  expect(update({ inputDigest: 'b'.repeat(40) })).toBe('f'.repeat(40));
});

test('a release replaces the records of its services and leaves the others', () => {
  const lock = new Map([
    ['auth', entry('a')],
    ['restapi', entry('b')],
  ]);
  const facts = { built: '2026-11-23', bases: { nginx: `sha256:${'b'.repeat(64)}` } };
  const now = { ...entry('c', 'v1.5.0'), ...facts };
  const released = { name: 'restapi', image: 'restapi', values: [], followsPlatform: true, ...now };
  expect([...updateLock(lock, [released])]).toStrictEqual([
    ['auth', entry('a')],
    ['restapi', now],
  ]);
  expect(lock.get('restapi')).toEqual(entry('b'));
});
