/** Images that share layers, copied to another registry at the same time. */
import { noCredentials } from '../../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { useEmbeddedRegistry } from '../../../support/registry/embedded-registry';
import { blobsIn, imageOf, missingFrom, pushContent, sha256 } from '../../../support/registry/fake-registry-content';

const source = useEmbeddedRegistry();
const target = useEmbeddedRegistry();
const NAMES = ['auth', 'ngui', 'etcd', 'api'];

test('each layer is sent once, and every image is whole', async () => {
  const clock = createStillClock();
  const registry = createOciRegistry({ credentials: noCredentials, clock, random: () => 1, allowLoopback: true });
  const base = Buffer.from('a base layer of all');
  const images = NAMES.map((name) => imageOf(name, { layers: [base, Buffer.from(name)] }));
  for (const [index, name] of NAMES.entries()) {
    const image = images[index];
    if (image !== undefined) await pushContent(source.base, `team/${name}`, image, 'v1');
  }

  await Promise.all(
    images.map(async ({ manifest }, index) => {
      const to = { host: target.host, repository: `shop/${NAMES[index]}` };
      await registry.copyContent({ host: source.host, repository: `team/${NAMES[index]}` }, to, manifest);
      await registry.put(to, 'v1', manifest);
    }),
  );

  const blobs = new Set(images.flatMap(blobsIn).map(sha256));
  expect(target.log.filter(({ method }) => method === 'PATCH')).toHaveLength(blobs.size);
  for (const [index, image] of images.entries()) {
    expect(await missingFrom(target.base, `shop/${NAMES[index]}`, image)).toEqual([]);
  }
});
