import { checkImage, commitsToCheck, type ImageFacts, type LockedImage } from '../../../core/compare/verify-image';

const INPUTS = '1'.repeat(40);
const DIGEST = `sha256:${'a'.repeat(64)}`;
const BASE = `sha256:${'b'.repeat(64)}`;
const [SOURCE, BUILT] = ['c'.repeat(40), 'd'.repeat(40)];

const RELEASE: LockedImage = {
  service: 'api',
  version: 'v1.4.0',
  digest: DIGEST,
  inputDigest: INPUTS,
  source: SOURCE,
  bases: { 'python:3': BASE },
  commit: 'e'.repeat(40),
  committedAt: 0,
  run: 'run-1',
  lock: 'chart/version-lock.yaml',
};
const FACTS: ImageFacts = {
  digest: DIGEST,
  tag: 'v1.4.0',
  labels: { inputDigest: INPUTS, revision: BUILT },
  bases: { 'python:3': BASE },
  releases: [RELEASE],
  tagged: [RELEASE],
  recomputed: new Map([SOURCE, BUILT].map((commit) => [commit, { inputDigest: INPUTS }])),
};

const wrong = (facts: Partial<ImageFacts>) =>
  checkImage({ ...FACTS, ...facts }).flatMap(({ name, isRight }) => (isRight ? [] : [name]));

test('an image that agrees with git in everything has six right comparisons', () => {
  expect(checkImage(FACTS).map(({ name, isRight }) => [name, isRight])).toEqual(
    ['release', 'tag', 'label', 'source', 'build', 'bases'].map((name) => [name, true]),
  );
});

test('the inputs are made at the commits of the release and of the build, once if they are the same', () => {
  expect(commitsToCheck(FACTS)).toEqual([SOURCE, BUILT]);
  expect(commitsToCheck({ ...FACTS, labels: { inputDigest: INPUTS, revision: SOURCE } })).toEqual([SOURCE]);
});

test.each<[string, Partial<ImageFacts>, readonly string[]]>([
  ['was never released', { releases: [], tagged: [] }, ['release']],
  [
    'was never released, under the tag of another',
    { releases: [], tagged: [{ ...RELEASE, digest: BASE }] },
    ['release', 'tag'],
  ],
  ['has the tag of another release', { tagged: [{ ...RELEASE, digest: BASE }] }, ['tag']],
  ['has no label', { labels: { inputDigest: undefined, revision: undefined } }, ['label']],
  ['has the label of other inputs', { labels: { inputDigest: '2'.repeat(40), revision: BUILT } }, ['label']],
  [
    'names a commit of other inputs',
    {
      recomputed: new Map([
        [SOURCE, { inputDigest: INPUTS }],
        [BUILT, { inputDigest: '2' }],
      ]),
    },
    ['build'],
  ],
  [
    'names a commit that is gone',
    {
      recomputed: new Map([
        [SOURCE, { problem: 'no such commit' }],
        [BUILT, { inputDigest: INPUTS }],
      ]),
    },
    ['source'],
  ],
  ['has other base images', { bases: { 'python:3': DIGEST } }, ['bases']],
  ['has none of the base images', { bases: undefined }, ['bases']],
])('an image that %s does not agree', (_, facts, names) => {
  expect(wrong(facts)).toEqual(names);
});

test('a version that two environments gave to different digests is right for either', () => {
  const other = { ...RELEASE, lock: 'chart/version-lock-staging.yaml', digest: BASE };

  expect(wrong({ tagged: [other, RELEASE] })).toEqual([]);
});

describe('an image and its release by different recipes', () => {
  const FORMER = '3'.repeat(40);
  const both = { inputDigest: INPUTS, former: { inputDigest: FORMER, recipe: [] } };
  const recomputed = new Map([SOURCE, BUILT].map((commit) => [commit, both]));

  test.each<[string, Partial<ImageFacts>]>([
    ['was built by the former recipe', { labels: { inputDigest: FORMER, revision: BUILT } }],
    ['was released by the former recipe', { releases: [{ ...RELEASE, inputDigest: FORMER }] }],
    [
      'was built and released by it',
      { labels: { inputDigest: FORMER, revision: BUILT }, releases: [{ ...RELEASE, inputDigest: FORMER }] },
    ],
  ])('agree, if it %s', (_, facts) => {
    expect(wrong({ ...facts, recomputed })).toEqual([]);
  });

  test('do not agree if the former digest is that of other inputs', () => {
    const labels = { inputDigest: '4'.repeat(40), revision: BUILT };
    expect(wrong({ labels, recomputed })).toEqual(['label']);
    expect(wrong({ releases: [{ ...RELEASE, inputDigest: '4'.repeat(40) }], recomputed })).toEqual([
      'label',
      'source',
      'build',
    ]);
  });
});
