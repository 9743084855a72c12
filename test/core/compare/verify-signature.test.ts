/** Signatures and statements, judged beside what registry and git say. */
import type { ImageFacts, LockedImage } from '../../../core/compare/verify-image';
import { type AttachedFacts, checkSigned, describeUnchecked } from '../../../core/compare/verify-signature';
import type { Release } from '../../../core/signing/statement';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const INPUTS = 'a'.repeat(40);
const COMMIT = 'c'.repeat(40);

const release: Release = {
  service: 'restapi',
  version: 'v1.4.0',
  environment: 'default',
  action: 'retag',
  reasons: [{ kind: 'unchanged', text: 'no input changed' }],
  inputDigest: INPUTS,
  source: COMMIT,
  builtBy: { run: 'run-0', commit: 'd'.repeat(40) },
  run: { id: 'run-1', action: 'release', ref: 'main', commit: COMMIT },
};
const locked: LockedImage = {
  service: 'restapi',
  version: 'v1.4.0',
  digest: DIGEST,
  inputDigest: INPUTS,
  source: COMMIT,
  commit: 'e'.repeat(40),
  committedAt: 0,
  lock: 'chart/version-lock.yaml',
} as LockedImage;
const facts: ImageFacts = {
  digest: DIGEST,
  tag: 'v1.4.0',
  labels: { inputDigest: INPUTS, revision: undefined },
  bases: undefined,
  releases: [locked],
  tagged: [locked],
  recomputed: new Map(),
};
const whole: AttachedFacts = { signatures: [{ isRight: true }], releases: [{ isRight: true, release }] };

/** The verdicts, as `name: right` or the text. */
function verdicts(attached: Partial<AttachedFacts>, more: Partial<ImageFacts> = {}): readonly string[] {
  return checkSigned({ ...whole, ...attached }, { ...facts, ...more }).map(
    ({ name, isRight, text }) => `${name}: ${isRight ? 'right' : text}`,
  );
}

test('a signed image with its statement is right, and the statement is told in one sentence', () => {
  expect(checkSigned(whole, facts)).toEqual([
    { name: 'signature', isRight: true, text: 'the key signed this digest' },
    {
      name: 'statement',
      isRight: true,
      text: `restapi v1.4.0 was kept (no input changed) by run run-1 at ${'c'.repeat(12)}, built by run run-0 at ${'d'.repeat(12)}`,
    },
  ]);
});

test.each<[string, Partial<AttachedFacts>, string]>([
  ['nothing is attached', { signatures: [] }, 'signature: not signed: no signature is attached to this digest'],
  [
    'another key signed it',
    { signatures: [{ isRight: false }] },
    'signature: not signed with this key: another one made the signature of this digest',
  ],
  ['there is no statement', { releases: [] }, 'statement: no statement says how it became v1.4.0'],
  [
    'another key made the statement',
    { releases: [{ isRight: false, release }] },
    'statement: no statement that the key signed says how it became v1.4.0',
  ],
  [
    'the statement is of another version',
    { releases: [{ isRight: true, release: { ...release, version: 'v1.3.0' } }] },
    'statement: no statement says how it became v1.4.0',
  ],
  [
    'the statement has other inputs than the lock',
    { releases: [{ isRight: true, release: { ...release, inputDigest: 'b'.repeat(40) } }] },
    `statement: the statement has the input digest ${'b'.repeat(40)}, the lock has ${INPUTS}`,
  ],
])('it is wrong if %s', (_, attached, expected) => {
  expect(verdicts(attached)).toContain(expected);
});

test('one signature of the key is enough, whatever others attach', () => {
  const strange = { isRight: false, release: { ...release, inputDigest: 'f'.repeat(40) } };
  const attached = { signatures: [{ isRight: false }, { isRight: true }], releases: [strange, ...whole.releases] };
  expect(verdicts(attached)).toEqual(['signature: right', 'statement: right']);
});

test('a statement made by another version of the pipeline is right if both digests are those of the commit', () => {
  const former = 'b'.repeat(40);
  const releases = [{ isRight: true, release: { ...release, inputDigest: former } }];
  const recomputed = new Map([[COMMIT, { inputDigest: INPUTS, former: { inputDigest: former } as never }]]);
  expect(verdicts({ releases }, { recomputed })).toEqual(['signature: right', 'statement: right']);
});

test('an image that was named by its digest is held against its newest release, and without any there is nothing to hold', () => {
  expect(verdicts({}, { tag: undefined })).toEqual(['signature: right', 'statement: right']);
  expect(verdicts({}, { tag: undefined, releases: [] })).toEqual(['signature: right']);
});

test('a promoted image names the commit of its inputs, and a built one only its run', () => {
  const texts = (part: Partial<Release>) =>
    checkSigned({ ...whole, releases: [{ isRight: true, release: { ...release, ...part } }] }, facts)[1]?.text;
  expect(texts({ source: 'd'.repeat(40) })).toContain(`with the inputs of ${'d'.repeat(12)}`);
  expect(texts({ action: 'build' })).toBe(
    `restapi v1.4.0 was built (no input changed) by run run-1 at ${'c'.repeat(12)}`,
  );
});

test('without a key it is told if anything is attached, and nothing is judged', () => {
  expect(describeUnchecked({ signatures: [], releases: [] })).toBe('no');
  expect(describeUnchecked({ ...whole, releases: [] })).toBe(
    'unchecked: 1 signed statement is attached; give the public key with --key',
  );
  expect(describeUnchecked(whole)).toMatch(/^unchecked: 2 signed statements are attached/);
});
