/** Development tags that are expired. A tag that is wrongly listed could break a deployment, so that doubt keeps it. */
import * as fc from 'fast-check';
import { findExpiredTags, judgeExpiredTags } from '../../../core/doctor/expired-tags';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const SETTINGS = {
  branches: [
    { branch: 'develop', allow: ['push' as const], version: '{version}-dev' },
    { branch: 'feature/*', allow: ['push' as const], version: '{version}-{slug}' },
    { branch: 'main', allow: ['release' as const] },
  ],
};

const image = (days: number, ...tags: string[]) => ({ tags, pushedAt: NOW - days * DAY });
const use = (images: readonly ReturnType<typeof image>[], ...files: string[]) => ({
  images: new Map([['team/auth', images]]),
  files,
  days: 30,
  now: NOW,
});
const expired = (...args: Parameters<typeof use>) => findExpiredTags(SETTINGS, use(...args)).get('team/auth') ?? [];

test('old tags that no file names are expired, in the order of their numbers', () => {
  const images = [
    image(40, 'v1.4.0-dev-10', 'in-ab'),
    image(50, 'v1.4.0-dev-2'),
    image(60, 'v1.4.0-dev'),
    image(31, 'v1.4.0-dev-11'),
  ];

  expect(expired(images)).toEqual(['v1.4.0-dev', 'v1.4.0-dev-2', 'v1.4.0-dev-10']);
});

test.each([
  ['a values file', 'auth:\n  image: { tag: "v1.4.0-dev-2" }'],
  ['an image reference', 'image: registry.example/team/auth:v1.4.0-dev-2@sha256:ab'],
  ['a version lock', '  auth: { version: v1.4.0-dev-2, digest: sha256:ab }'],
])('a tag that %s names stays', (_, file) => {
  expect(expired([image(40, 'v1.4.0-dev-2', 'v1.4.0-dev-3'), image(40, 'v1.4.0-dev-4')], file)).toEqual([
    'v1.4.0-dev-3',
  ]);
});

test('a file that names a longer tag does not keep a shorter one', () => {
  expect(expired([image(40, 'v1.4.0-dev-2', 'v1.4.0-dev-25')], 'tag: v1.4.0-dev-25')).toEqual(['v1.4.0-dev-2']);
});

test('the highest number of each line stays, and tags that are young enough', () => {
  expect(expired([image(40, 'v1.3.0-dev-7'), image(40, 'v1.4.0-dev-8'), image(30, 'v1.4.0-dev-2')])).toEqual([]);
});

test.each([
  'v1.4.0',
  'v1.4.0-rc-1',
  'v1.4.0-hotfix-1',
  'v1.4.0-co2',
  'latest',
  'in-abc',
  'v1.4.0-dev-x',
  'v1.4.0-dev-1',
])('%s is no development tag of the settings', (tag) => {
  expect(
    expired([image(400, tag), image(400, 'v1.4.0-dev-99', 'v1.4.0-99', 'v1.4.0-rc-99', 'v1.4.0-hotfix-99')]),
  ).not.toContain(tag);
});

test('a line that releases could have too is skipped', () => {
  const branches = ['{version}', '{version}-2', '{version}-hotfix'].map((version) => ({
    branch: 'x',
    allow: [],
    version,
  }));
  const images = [image(400, 'v1.4.0', 'v1.4.0-2', 'v1.4.0-hotfix', 'v1.4.0-hotfix-2', 'v1.4.0-3')];

  expect(findExpiredTags({ branches }, use(images))).toEqual(new Map());
});

test('each command removes at most 100 tags, and together they remove all', () => {
  const images = Array.from({ length: 251 }, (_, index) => image(40, `v1.4.0-dev-${index + 2}`));
  const findings = judgeExpiredTags(SETTINGS, use(images), 'eu-central-1');

  expect(findings.map(({ fix }) => fix?.match(/imageTag=/g)?.length)).toEqual([100, 100, 50]);
  expect(findings[0]).toMatchObject({ state: 'later', check: 'development tags of team/auth' });
  expect(findings[0]?.fix).toMatch(
    /^aws ecr batch-delete-image --repository-name team\/auth --image-ids imageTag=v1\.4\.0-dev-2 imageTag=.* --region eu-central-1$/,
  );
});

test('no expired tag is young, named or the last of its line', () => {
  const images = fc.array(
    fc.record({ days: fc.integer({ min: 0, max: 60 }), number: fc.integer({ min: 2, max: 20 }) }),
  );
  fc.assert(
    fc.property(images, fc.array(fc.integer({ min: 2, max: 20 })), (all, named) => {
      const file = named.map((number) => `tag: v1.4.0-dev-${number}`).join('\n');
      const found = expired(
        all.map(({ days, number }) => image(days, `v1.4.0-dev-${number}`)),
        file,
      );
      const last = Math.max(0, ...all.map(({ number }) => number));
      for (const tag of found) {
        const number = Number(tag.split('-').at(-1));
        expect(number).toBeLessThan(last);
        expect(named).not.toContain(number);
        expect(all.some((each) => each.number === number && each.days > 30)).toBe(true);
      }
    }),
  );
});
