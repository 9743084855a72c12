/** What statements say, and how they are attached. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachBundle, BUNDLE_TYPE, bundleIn, mayHold } from '../../../core/signing/bundle';
import {
  isAbout,
  RELEASE_TYPE,
  type Release,
  readRelease,
  releaseStatement,
  SIGNATURE_TYPE,
  signatureOf,
} from '../../../core/signing/statement';
import { manifestOf } from '../../support/registry/memory-registry';

const digest = `sha256:${'a'.repeat(64)}`;

/** A release statement with every field. */
const whole: Release = {
  service: 'auth',
  version: 'v1.4.0',
  environment: 'production',
  action: 'retag',
  reasons: [{ kind: 'unchanged', text: 'no input of the image changed' }],
  inputDigest: 'b'.repeat(40),
  recipe: '3',
  source: 'c'.repeat(40),
  builtBy: { run: 'run-0', commit: 'd'.repeat(40) },
  built: '2026-11-23',
  bases: { nginx: digest },
  run: {
    id: 'run-1',
    action: 'release',
    ref: 'main',
    commit: 'c'.repeat(40),
    startedBy: 'alice',
    approvedBy: 'bob',
  },
};

test('a signature is the statement that cosign 3 makes', () => {
  expect(JSON.stringify(signatureOf(digest))).toBe(
    `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${'a'.repeat(64)}"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
  );
});

test('a release statement is read back with every field', () => {
  const statement = releaseStatement('registry.example/team/auth', digest, whole);
  expect(readRelease(JSON.parse(JSON.stringify(statement)))).toEqual(whole);
  expect(statement.subject).toEqual([{ name: 'registry.example/team/auth', digest: { sha256: 'a'.repeat(64) } }]);
});

test.each<[string, object]>([
  ['of another type', { predicateType: SIGNATURE_TYPE }],
  ['without a version', { predicate: { ...whole, version: undefined } }],
  ['with a commit that is none', { predicate: { ...whole, source: 'main' } }],
  ['of a service that was kept as it is', { predicate: { ...whole, action: 'keep' } }],
])('a statement %s is no release', (_, part) => {
  const statement = releaseStatement('registry.example/team/auth', digest, whole);
  expect(readRelease({ ...statement, ...part })).toBeUndefined();
});

test('a statement is about the digest that it names, and about no other', () => {
  const statement = signatureOf(digest);
  expect(isAbout(statement, digest)).toBe(true);
  expect(isAbout(statement, `sha256:${'b'.repeat(64)}`)).toBe(false);
  expect(isAbout(statement, `sha512:${'a'.repeat(64)}`)).toBe(false);
  expect(isAbout(statement, 'a'.repeat(64))).toBe(false);
});

test('the contract names the predicate type and every field', () => {
  const text = readFileSync(join(__dirname, '../../../docs/contracts.md'), 'utf8');
  const section = text.split('\n## ').find((part) => part.startsWith('Signatures')) ?? '';
  const named = [...section.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, field]) => field);
  const fields = Object.entries(whole).flatMap(([field, value]) =>
    ['run', 'builtBy'].includes(field) ? Object.keys(value as object).map((part) => `${field}.${part}`) : [field],
  );
  expect(section).toContain(RELEASE_TYPE);
  expect(named.toSorted()).toEqual([...fields].toSorted());
});

describe('an attached bundle', () => {
  const image = manifestOf('auth');
  const bundle = Buffer.from('{"mediaType":"x"}');
  const artifact = attachBundle(
    { ...image, size: image.bytes.length },
    bundle,
    { predicateType: RELEASE_TYPE, run: 'run-1' },
    0,
  );
  const { artifactType, annotations } = JSON.parse(artifact.bytes.toString('utf8'));
  const referrer = { mediaType: artifact.mediaType, digest: artifact.digest, size: 1, artifactType, annotations };

  test('refers to the image, and says what it is as cosign’s specification has it', () => {
    expect(JSON.parse(artifact.bytes.toString('utf8'))).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        size: 2,
      },
      layers: [{ mediaType: BUNDLE_TYPE, digest: bundleIn(artifact), size: bundle.length }],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length },
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': RELEASE_TYPE,
        'org.opencontainers.image.created': '1970-01-01T00:00:00.000Z',
        'image-pipeline.run': 'run-1',
      },
    });
  });

  test('is found by type and run, and also in a registry that shows neither', () => {
    const wanted = { predicateType: RELEASE_TYPE, run: 'run-1' };
    expect(mayHold(referrer, wanted)).toBe(true);
    expect(mayHold(referrer, { predicateType: RELEASE_TYPE })).toBe(true);
    expect(mayHold(referrer, { ...wanted, run: 'run-2' })).toBe(false);
    expect(mayHold(referrer, { predicateType: SIGNATURE_TYPE })).toBe(false);
    expect(mayHold({ ...referrer, artifactType: undefined, annotations: undefined }, wanted)).toBe(true);
    expect(mayHold({ ...referrer, artifactType: 'application/vnd.oci.empty.v1+json' }, wanted)).toBe(true);
    expect(mayHold({ ...referrer, artifactType: 'application/vnd.cncf.notary.signature' }, wanted)).toBe(false);
  });

  test('of another kind has no bundle', () => {
    expect(bundleIn(image)).toBeUndefined();
  });
});
