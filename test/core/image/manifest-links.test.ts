/** The content that a manifest refers to is found for every kind of manifest, each digest once. */
import {
  isForeignLayer,
  isIndexType,
  isManifestType,
  MANIFEST_TYPES,
  readManifestLinks,
} from '../../../core/image/manifest';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const descriptor = (letter: string, mediaType: string, size = 1) => ({ mediaType, digest: digest(letter), size });
const [dockerImage, dockerList, ociImage, ociIndex] = MANIFEST_TYPES;
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

test('an image needs its config and its layers, a layer that comes twice once', () => {
  const layers = [descriptor('b', 'layer'), descriptor('c', 'layer'), descriptor('b', 'layer')];
  const manifest = bytes({ schemaVersion: 2, mediaType: ociImage, config: descriptor('a', 'config'), layers });

  const links = readManifestLinks(manifest, ociImage);

  expect(links.mediaType).toBe(ociImage);
  expect(links.manifests).toEqual([]);
  expect(links.blobs.map((blob) => blob.digest)).toEqual([digest('a'), digest('b'), digest('c')]);
});

test.each([dockerList, ociIndex])('a %s needs its children, and its layers if it is a build cache', (type) => {
  const manifests = [
    descriptor('a', ociImage),
    descriptor('b', ociIndex),
    descriptor('c', 'application/vnd.oci.image.layer.v1.tar'),
  ];

  const links = readManifestLinks(bytes({ schemaVersion: 2, manifests }), type);

  expect(links.manifests.map((child) => child.digest)).toEqual([digest('a'), digest('b')]);
  expect(links.blobs.map((blob) => blob.digest)).toEqual([digest('c')]);
});

test('layers that registries need not hold are not asked for', () => {
  const layers = [
    descriptor('a', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
    descriptor('b', 'application/vnd.oci.image.layer.nondistributable.v1.tar'),
  ];

  expect(readManifestLinks(bytes({ schemaVersion: 2, layers }), dockerImage).blobs).toEqual([]);
  expect(layers.every((layer) => isForeignLayer(layer.mediaType))).toBe(true);
});

test('the subject is told, and is no content', () => {
  const subject = descriptor('a', ociImage);

  const links = readManifestLinks(bytes({ schemaVersion: 2, layers: [], subject }), ociImage);

  expect(links).toMatchObject({ subject, manifests: [], blobs: [] });
});

const wrong: readonly (readonly [string, Buffer, RegExp])[] = [
  ['no JSON', Buffer.from('<html>'), /cannot be read/],
  ['schema 1', bytes({ schemaVersion: 1, fsLayers: [] }), /schemaVersion/],
  ['a list', bytes([]), /manifest: /],
  [
    'a digest that leads elsewhere',
    bytes({ schemaVersion: 2, layers: [{ mediaType: 'x', size: 1, digest: '../../x' }] }),
    /layers\.0\.digest: must be sha256/,
  ],
  ['a negative size', bytes({ schemaVersion: 2, layers: [descriptor('a', 'x', -1)] }), /layers\.0\.size/],
];

test.each(wrong)('%s is refused', (_, manifest, message) => {
  expect(() => readManifestLinks(manifest, ociImage)).toThrow(message);
});

test('the four types are manifests, two of them lists', () => {
  expect(MANIFEST_TYPES.filter(isManifestType)).toEqual([...MANIFEST_TYPES]);
  expect(MANIFEST_TYPES.filter(isIndexType)).toEqual([dockerList, ociIndex]);
  expect(isManifestType('application/vnd.oci.image.layer.v1.tar')).toBe(false);
});
