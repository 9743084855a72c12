import { attestationManifests, predicateTypes } from '../../../core/image/manifest';

describe('attestations', () => {
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  const digest = `sha256:${'a'.repeat(64)}`;

  test('are the manifests of an index that BuildKit marks as such', () => {
    const attested = { digest, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };

    expect(attestationManifests(bytes({ manifests: [{ digest: `sha256:${'b'.repeat(64)}` }, attested] }))).toEqual([
      digest,
    ]);
    expect(attestationManifests(bytes({ layers: [] }))).toEqual([]);
    expect(attestationManifests(Buffer.from('{'))).toEqual([]);
  });

  test('have the predicate types of their layers', () => {
    const layers = ['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1'].map((type) => ({
      annotations: { 'in-toto.io/predicate-type': type },
    }));

    expect(predicateTypes(bytes({ layers: [...layers, {}] }))).toEqual([
      'https://spdx.dev/Document',
      'https://slsa.dev/provenance/v1',
    ]);
    expect(predicateTypes(bytes([]))).toEqual([]);
  });
});
