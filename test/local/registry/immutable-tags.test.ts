/** Tags that the embedded registry does not overwrite, as ECR does not. */
import { errorOf, useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import { imageOf, pulledManifest, pushContent, pushManifest } from '../../support/registry/fake-registry-content';

const embedded = useEmbeddedRegistry((repository, tag) => repository.startsWith('team/') && tag.startsWith('v'));
const [one, other] = [imageOf('one'), imageOf('other')];
const put = (repository: string, tag: string, { bytes, mediaType }: (typeof one)['manifest']) =>
  embedded.ask('PUT', `/v2/${repository}/manifests/${tag}`, { body: bytes, headers: { 'content-type': mediaType } });

test('an immutable tag is put once; only the same manifest may be put again', async () => {
  await pushContent(embedded.base, 'team/image', one, 'v1');
  await pushContent(embedded.base, 'team/image', other);

  expect(await errorOf(await put('team/image', 'v1', other.manifest))).toBe('400 TAG_INVALID');
  expect((await put('team/image', 'v1', one.manifest)).status).toBe(201);
  expect(await pulledManifest(embedded.base, 'team/image', 'v1')).toEqual(one.manifest);
});

test('other tags, and those of other repositories, may move', async () => {
  for (const [repository, tag] of [
    ['team/image', 'in-content'],
    ['candidates', 'v1'],
  ] as const) {
    for (const content of [one, other]) await pushContent(embedded.base, repository, content);
    await pushManifest(embedded.base, repository, tag, one.manifest);
    await pushManifest(embedded.base, repository, tag, other.manifest);

    expect(await pulledManifest(embedded.base, repository, tag)).toEqual(other.manifest);
  }
});

test('of many concurrent puts with different manifests exactly one gets the tag', async () => {
  const contents = Array.from({ length: 8 }, (_, index) => imageOf(`racer ${index}`));
  for (const content of contents) await pushContent(embedded.base, 'team/race', content);

  const replies = await Promise.all(contents.map(({ manifest }) => put('team/race', 'v1', manifest)));

  const winners = contents.filter((_, index) => replies[index]?.status === 201);
  expect(winners.map(({ manifest }) => manifest)).toEqual([await pulledManifest(embedded.base, 'team/race', 'v1')]);
});
