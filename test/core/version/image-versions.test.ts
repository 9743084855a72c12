import { imageVersionsPath, printImageVersions } from '../../../core/version/version-lock';

const digest = `sha256:${'ab'.repeat(32)}`;
const entry = {
  version: 'v1.4.0',
  digest,
  inputDigest: '1'.repeat(40),
  source: '0123456789abcdef0123456789abcdef01234567',
};

test('the table is in the folder of the version lock, and named like it', () => {
  expect(imageVersionsPath('cloud-tuner-dev/version-lock.yaml')).toBe('cloud-tuner-dev/IMAGE_VERSIONS.md');
  expect(imageVersionsPath('version-lock-staging.yaml')).toBe('IMAGE_VERSIONS-staging.md');
});

test('every service has a row: released, not yet released, and gone from the catalog', () => {
  const text = printImageVersions({
    lock: new Map([
      ['restapi', entry],
      ['gone', { ...entry, version: 'v1.3.0' }],
    ]),
    catalogImages: new Map([
      ['restapi', 'docker.io/acme/restapi'],
      ['auth', 'docker.io/acme/auth'],
    ]),
  });
  expect(
    text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2),
  ).toEqual([
    '| auth | docker.io/acme/auth | not released |  |  |',
    `| gone | not in the catalog | v1.3.0 | \`0123456789ab\` | \`${digest}\` |`,
    `| restapi | docker.io/acme/restapi | v1.4.0 | \`0123456789ab\` | \`${digest}\` |`,
  ]);
});

test('a bar in a cell is escaped, so that the table keeps its columns', () => {
  const catalogImages = new Map([['auth', 'docker.io/a|b']]);
  expect(printImageVersions({ lock: new Map(), catalogImages })).toContain('| auth | docker.io/a\\|b | not released |');
});

test('the same lock prints the same bytes, in any order of the services', () => {
  const pairs = [
    ['a', entry],
    ['b', entry],
  ] as const;
  const catalogImages = new Map<string, string>();
  expect(printImageVersions({ lock: new Map(pairs), catalogImages })).toBe(
    printImageVersions({ lock: new Map([...pairs].reverse()), catalogImages }),
  );
});
