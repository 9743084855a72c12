/** Copies of everything below a manifest: what is asked, what is put in which order, and how deep indexes may be nested. */
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import { type Content, imageOf, indexOf, missingFrom, pushContent } from '../../support/registry/fake-registry-content';

const embedded = useEmbeddedRegistry();
const elsewhere = useEmbeddedRegistry();
const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
const at = (repository: string) => ({ host: embedded.host, repository });

function nested(levels: number): Content {
  let content = imageOf('innermost');
  for (let level = 0; level < levels; level += 1) content = indexOf([content]);
  return content;
}

test('a copy into the same repository sends no request', async () => {
  await registry.copyContent(at('same/image'), at('same/image'), imageOf('x').manifest);

  expect(embedded.log).toEqual([]);
});

test('a copy into a repository of the same name in another registry has all parts', async () => {
  const image = imageOf('far');
  await pushContent(embedded.base, 'same/far', image);

  await registry.copyContent(at('same/far'), { host: elsewhere.host, repository: 'same/far' }, image.manifest);

  expect(await missingFrom(elsewhere.base, 'same/far', image)).toEqual([image.manifest.digest]);
});

test('the manifest itself is not put, because the caller sets its tag last', async () => {
  const image = indexOf([imageOf('one'), imageOf('two')]);
  await pushContent(embedded.base, 'parts/from', image);

  await registry.copyContent(at('parts/from'), at('parts/to'), image.manifest);

  expect(await missingFrom(embedded.base, 'parts/to', image)).toEqual([image.manifest.digest]);
});

test('parts of several children are copied once', async () => {
  const shared = imageOf('shared');
  const image = indexOf([shared, shared, imageOf('shares a layer')]);
  await pushContent(embedded.base, 'once/from', image);
  embedded.log.length = 0;

  await registry.copyContent(at('once/from'), at('once/to'), image.manifest);

  const writes = embedded.log.filter(({ method }) => method === 'POST' || method === 'PUT');
  // Two children with three blobs each, of which they share one.
  expect(writes).toHaveLength(2 + 5);
});

test('indexes within indexes are copied up to a depth of eight; deeper ones are an error', async () => {
  const [deepest, tooDeep] = [nested(8), nested(9)];
  await pushContent(embedded.base, 'deep/from', tooDeep);

  await registry.copyContent(at('deep/from'), at('deep/to'), deepest.manifest);
  await expect(registry.copyContent(at('deep/from'), at('deep/other'), tooDeep.manifest)).rejects.toThrow(
    'an index within 8 others is no image',
  );

  expect(await missingFrom(embedded.base, 'deep/to', deepest)).toEqual([deepest.manifest.digest]);
});

test('a child that is missing in the source fails the copy with its digest, after all other parts', async () => {
  const [kept, lost] = [imageOf('kept'), imageOf('lost')];
  await pushContent(embedded.base, 'lost/from', kept);

  await expect(
    registry.copyContent(at('lost/from'), at('lost/to'), indexOf([lost, kept]).manifest),
  ).rejects.toMatchObject({
    name: 'RegistryError',
    message: `${embedded.host}/lost/from has no ${lost.manifest.digest}, which a manifest there refers to; build the image again`,
  });

  expect(await missingFrom(embedded.base, 'lost/to', kept)).toEqual([]);
});

test('a manifest that the caller has is not pulled', async () => {
  const [child, other] = [imageOf('kept child'), imageOf('pulled child')];
  const image = indexOf([child, other]);
  await pushContent(embedded.base, 'kept/from', image);
  embedded.log.length = 0;
  const keptOnly = async (digest: string) => (digest === child.manifest.digest ? child.manifest : undefined);

  await registry.copyContent(at('kept/from'), at('kept/to'), image.manifest, keptOnly);

  const pulled = embedded.log.filter(({ method, reference }) => method === 'GET' && reference?.startsWith('sha256:'));
  expect(pulled.map(({ reference }) => reference)).toEqual([other.manifest.digest]);
  expect(await missingFrom(embedded.base, 'kept/to', image)).toEqual([image.manifest.digest]);
});
