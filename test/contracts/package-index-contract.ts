/** The contract of every implementation of `PackageIndex`. */
import type { PackageIndex } from '../../core/ports/packages';

export interface OpenIndex {
  readonly index: PackageIndex;
  /** Returns the bytes that an installer gets, or undefined if the index has no such file. */
  bytesOf(name: string, file: string): Promise<Buffer | undefined>;
}

const SDIST = { name: 'cloud_adapter-1.0.dev7.tar.gz', bytes: Buffer.from('an sdist') };
/** Binary bytes that contain a boundary line of a multipart form. */
const WHEEL = {
  name: 'cloud_adapter-1.0.dev7-py3-none-any.whl',
  bytes: Buffer.from([0, 255, 13, 10, 45, 45, 13, 10, 128]),
};
const sdistOf = (version: string) => ({ name: `cloud_adapter-${version}.tar.gz`, bytes: Buffer.from(version) });

/** Defines the suite. `make` returns a new, empty index for each test. */
export function packageIndexContract(make: () => OpenIndex | Promise<OpenIndex>): void {
  test('a package that was never published has no release', async () => {
    const { index } = await make();

    expect(await index.find('cloud_adapter', '.dev7')).toBeUndefined();
  });

  test('an added file is in its release with identical bytes', async () => {
    const { index, bytesOf } = await make();
    await index.add('cloud_adapter', '1.0.dev7', SDIST);

    expect(await index.find('cloud_adapter', '.dev7')).toEqual({ version: '1.0.dev7', files: [SDIST.name] });

    await index.add('cloud_adapter', '1.0.dev7', WHEEL);
    const release = await index.find('cloud_adapter', '.dev7');

    expect([...(release?.files ?? [])].sort()).toEqual([WHEEL.name, SDIST.name]);
    expect(await bytesOf('cloud_adapter', WHEEL.name)).toEqual(WHEEL.bytes);
    expect(await bytesOf('cloud_adapter', SDIST.name)).toEqual(SDIST.bytes);
  });

  test.each(['Cloud-Adapter', 'cloud.adapter', 'CLOUD__ADAPTER'])('the name is equivalent to %s', async (name) => {
    const { index } = await make();
    await index.add('cloud_adapter', '1.0.dev7', SDIST);

    expect(await index.find(name, '.dev7')).toMatchObject({ version: '1.0.dev7' });
    await index.add(name, '1.0.dev7', WHEEL);
    expect((await index.find('cloud_adapter', '.dev7'))?.files).toHaveLength(2);
  });

  test('a different package has its own releases', async () => {
    const { index } = await make();
    await index.add('cloud_adapter', '1.0.dev7', SDIST);

    expect(await index.find('cloud', '.dev7')).toBeUndefined();
    expect(await index.find('cloud_adapter_two', '.dev7')).toBeUndefined();
  });

  test('a release is found among others by the end of its version', async () => {
    const { index } = await make();
    for (const version of ['1.0.dev7', '1.0.dev77', '1.1.dev8', '1.1']) {
      await index.add('cloud_adapter', version, sdistOf(version));
    }

    expect(await index.find('cloud_adapter', '.dev7')).toMatchObject({ version: '1.0.dev7', files: [SDIST.name] });
    expect(await index.find('cloud_adapter', '.dev8')).toMatchObject({ version: '1.1.dev8' });
    expect(await index.find('cloud_adapter', '.dev9')).toBeUndefined();
    expect(await index.find('cloud_adapter', '.dev')).toBeUndefined();
  });

  test('the files of a release are found by exactly its version', async () => {
    const { index } = await make();
    await index.add('cloud_adapter', '11.0.dev7', sdistOf('11.0.dev7'));
    await index.add('Cloud.Adapter', '1.0.dev7', SDIST);

    expect(await index.files('cloud-adapter', '1.0.dev7')).toEqual([SDIST.name]);
    expect(await index.files('cloud_adapter', '1.0')).toEqual([]);
    expect(await index.files('other', '1.0.dev7')).toEqual([]);
  });

  test('an existing file is not overwritten', async () => {
    const { index, bytesOf } = await make();
    await index.add('cloud_adapter', '1.0.dev7', SDIST);
    await index.add('cloud_adapter', '1.0.dev7', { ...SDIST, bytes: Buffer.from('other bytes') });

    expect(await bytesOf('cloud_adapter', SDIST.name)).toEqual(SDIST.bytes);
    expect((await index.find('cloud_adapter', '.dev7'))?.files).toEqual([SDIST.name]);
  });

  test('concurrent adds of the same file all succeed, and one wins', async () => {
    const { index, bytesOf } = await make();
    const all = Array.from({ length: 8 }, (_, number) => Buffer.from(`bytes ${number}`));

    await Promise.all(all.map((bytes) => index.add('cloud_adapter', '1.0.dev7', { ...SDIST, bytes })));

    expect(all).toContainEqual(await bytesOf('cloud_adapter', SDIST.name));
    expect((await index.find('cloud_adapter', '.dev7'))?.files).toEqual([SDIST.name]);
  });

  test('concurrent adds of different files are all kept', async () => {
    const { index } = await make();
    const versions = Array.from({ length: 8 }, (_, number) => `1.0.dev${number}`);

    await Promise.all(versions.map((version) => index.add('cloud_adapter', version, sdistOf(version))));

    const found = await Promise.all(versions.map((version) => index.find('cloud_adapter', version.slice(3))));
    expect(found.map((release) => release?.version)).toEqual(versions);
  });
}
