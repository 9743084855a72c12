/** The contract of every implementation of `PackageIndex` for npm packages. */
import type { PackageIndex } from '../../../core/ports/packages';
import { npmPackage, tarballOf } from '../../support/npm/npm-package';

export interface OpenNpmIndex {
  readonly index: PackageIndex;
  /** Returns the bytes that an installer gets, or undefined if the index has no such version. */
  bytesOf(name: string, version: string): Promise<Buffer | undefined>;
}

/** Defines the suite. `make` returns an index in which the names, which differ between tests, have no package yet. */
export function npmIndexContract(make: () => OpenNpmIndex | Promise<OpenNpmIndex>): void {
  let tests = 0;
  let name: string;
  let open: OpenNpmIndex;
  beforeEach(async () => {
    tests += 1;
    name = `@shop/lib-${process.pid}-${tests}`;
    open = await make();
  });
  const add = (version: string, bytes: Buffer, of = name) => open.index.add(of, version, { name: 'any.tgz', bytes });
  const addPackage = async (version: string, content?: string, of = name) =>
    add(version, await npmPackage(of, version, content), of);

  test('a package that was never published has no release', async () => {
    expect(await open.index.find(name, '-dev.7')).toBeUndefined();
    expect(await open.index.files(name, '1.0.0')).toEqual([]);
  });

  test('an added tarball is its version, with identical bytes', async () => {
    await addPackage('1.0.0-dev.7', 'ours');

    expect(await open.index.find(name, '-dev.7')).toEqual({
      version: '1.0.0-dev.7',
      files: [expect.stringMatching(/\.tgz$/)],
    });
    expect(await open.index.files(name, '1.0.0-dev.7')).toHaveLength(1);
    expect(await open.bytesOf(name, '1.0.0-dev.7')).toEqual(await npmPackage(name, '1.0.0-dev.7', 'ours'));
  });

  test('a name with a scope and one without are two packages', async () => {
    const bare = name.slice('@shop/'.length);
    await addPackage('1.0.0');

    expect(await open.index.files(bare, '1.0.0')).toEqual([]);
    await addPackage('2.0.0', '', bare);
    expect(await open.index.files(bare, '2.0.0')).toHaveLength(1);
    expect(await open.index.files(name, '2.0.0')).toEqual([]);
  });

  test('a version is found among others by its end, and by its whole text', async () => {
    for (const version of ['1.0.0-dev.7', '1.0.0-dev.77', '1.1.0-dev.8', '1.1.0']) await addPackage(version);

    expect((await open.index.find(name, '-dev.7'))?.version).toBe('1.0.0-dev.7');
    expect((await open.index.find(name, '-dev.8'))?.version).toBe('1.1.0-dev.8');
    expect(await open.index.find(name, '-dev.9')).toBeUndefined();
    expect(await open.index.files(name, '1.1.0')).toHaveLength(1);
    expect(await open.index.files(name, '1.0.0')).toEqual([]);
  });

  test('an existing version is not overwritten', async () => {
    await addPackage('1.0.0', 'first');
    await addPackage('1.0.0', 'second');

    expect(await open.bytesOf(name, '1.0.0')).toEqual(await npmPackage(name, '1.0.0', 'first'));
  });

  test('concurrent adds of one version all succeed, and one wins', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((number) => npmPackage(name, '1.0.0', `number ${number}`)));
    await addPackage('0.9.0');
    await Promise.all(all.map((bytes) => add('1.0.0', bytes)));

    expect(all).toContainEqual(await open.bytesOf(name, '1.0.0'));
  });

  test('a tarball of another package or version is refused, and nothing is published', async () => {
    const other = await npmPackage(`${name}-other`, '1.0.0');
    const newer = await npmPackage(name, '9.9.9');

    await expect(add('1.0.0', other)).rejects.toThrow(`says ${name}-other@1.0.0, but ${name}@1.0.0 was planned`);
    await expect(add('1.0.0', newer)).rejects.toMatchObject({ name: 'PackageIndexError' });
    await expect(add('1.0.0', Buffer.from('no tarball'))).rejects.toThrow('the tarball cannot be read');
    await expect(add('1.0.0', await tarballOf([['package/index.js', '']]))).rejects.toThrow('has 0 manifests');
    expect(await open.index.files(name, '1.0.0')).toEqual([]);
  });
}
