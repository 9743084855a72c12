/** The file of waivers: its form, all of its problems at once, and the lines where they are. */
import { InvalidInputError } from '../../../core/contract/errors';
import { parseWaivers, waiverWarnings } from '../../../core/scan/waivers';

const NOW = Date.parse('2026-11-30T08:00:00Z');
const PATH = 'image-waivers.yaml';

function problems(text: string): readonly string[] {
  try {
    parseWaivers(text, PATH, NOW);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map(({ path, line, message }) => `${path} (${line ?? '-'}): ${message}`);
  }
  return [];
}

test('a file of waivers is read, with what may be left out', () => {
  const text = `# Reviewed every Monday.
waivers:
  - id: CVE-2026-1234
    services: [auth, ngui]
    package: openssl
    reason: the function is not called
    until: 2026-12-31
    by: alice
  - { id: GHSA-xxxx-yyyy-zzzz, reason: "false positive", until: 2027-11-30, by: "bob <bob@example.com>" }
`;
  expect(parseWaivers(text, PATH, NOW)).toEqual([
    {
      id: 'CVE-2026-1234',
      services: ['auth', 'ngui'],
      package: 'openssl',
      reason: 'the function is not called',
      until: '2026-12-31',
      by: 'alice',
    },
    { id: 'GHSA-xxxx-yyyy-zzzz', reason: 'false positive', until: '2027-11-30', by: 'bob <bob@example.com>' },
  ]);
});

test('an expired waiver stays in the file and is no problem', () => {
  expect(problems('waivers: [{ id: CVE-2020-1, reason: old, until: 2021-01-01, by: alice }]')).toEqual([]);
});

test('a file without a waiver is fine', () => {
  expect(parseWaivers('waivers: []', PATH, NOW)).toEqual([]);
});

test('all problems are told at once, each with its line', () => {
  const text = `waivers:
  - id: CVE-2026-1
    untill: 2026-12-31
    by: alice
  - id: "a b"
    reason: ""
    until: 2026-02-30
    by: 7
  - { id: CVE-2026-2, reason: x, until: 2029-01-01, by: alice, services: [] }
`;
  expect(problems(text)).toEqual([
    'waivers[0].reason (2): is missing',
    'waivers[0].until (2): is missing',
    "waivers[0].untill (3): is not a key that a list of waivers has here; did you mean 'until'?",
    "waivers[1].id (5): must be the id of a vulnerability, such as CVE-2026-1234, not the text 'a b'",
    "waivers[1].reason (6): must be text of 1 to 500 characters on one line, not the text ''",
    "waivers[1].until (7): must be a day, such as 2026-12-31, not the text '2026-02-30'",
    'waivers[1].by (8): must be text, not 7; write it in quotes',
    'waivers[2].services (9): must not be empty',
  ]);
});

test('a waiver of more than a year is refused', () => {
  expect(problems('waivers:\n  - { id: CVE-2026-2, reason: x, until: 2027-12-02, by: alice }')).toEqual([
    'waivers[0].until (2): is 2027-12-02; a waiver ends within a year, on 2027-12-01 at the latest',
  ]);
});

test.each([
  ['', 'must be a map of keys, not nothing'],
  ['- a', 'must be a map of keys, not a list'],
  ['waivers: none', "must be a list, not the text 'none'"],
  ['waivers: [', 'is not YAML'],
  ['waivers: []\nwaivers: []', 'is a duplicate of line 1'],
  ['waiver: []', "did you mean 'waivers'?"],
])('the text %j is no file of waivers', (text, message) => {
  expect(problems(text).join('\n')).toContain(message);
});

test('the error has an example to copy', () => {
  expect(() => parseWaivers('a: 1', PATH, NOW)).toThrow(
    /the waivers in image-waivers\.yaml cannot be used.*One waiver: \{ id: CVE-/s,
  );
});

test('a plan warns of waivers that are over or end within a week, the first to end first', () => {
  const waivers = ['2026-12-07', '2026-11-29', '2026-12-08', '2026-11-30'].map((until, index) => ({
    id: `CVE-2026-${index}`,
    reason: 'x',
    until,
    by: 'alice',
  }));

  expect(waiverWarnings(waivers, PATH, NOW)).toEqual([
    'image-waivers.yaml: the waiver for CVE-2026-1 by alice ended on 2026-11-29 and no longer counts; renew it or remove it',
    'image-waivers.yaml: the waiver for CVE-2026-3 by alice ends on 2026-11-30; renew it or remove it',
    'image-waivers.yaml: the waiver for CVE-2026-0 by alice ends on 2026-12-07; renew it or remove it',
  ]);
  const many = Array.from({ length: 12 }, () => ({ id: 'CVE-2026-1', reason: 'x', until: '2026-12-01', by: 'bob' }));
  expect(waiverWarnings(many, PATH, NOW).at(-1)).toBe('image-waivers.yaml: 2 more waivers are over or end soon');
});
