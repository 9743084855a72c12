/** The contract of every implementation of `PackageIndex` for Maven packages. */
import type { PackageIndex } from '../../../core/ports/packages';

export interface OpenMavenIndex {
  readonly index: PackageIndex;
  /** Returns the bytes at a path of the repository, or undefined. */
  bytesOf(path: string): Promise<Buffer | undefined>;
}

const NAME = 'com.shop:lib';

export function pomOf(version: string, artifact = 'lib'): Buffer {
  const coordinates = `<groupId>com.shop</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
  return Buffer.from(`<project><modelVersion>4.0.0</modelVersion>${coordinates}</project>`);
}

/** Defines the suite. `make` returns a new, empty index for each test. */
export function mavenIndexContract(make: () => OpenMavenIndex | Promise<OpenMavenIndex>): void {
  let open: OpenMavenIndex;
  beforeEach(async () => {
    open = await make();
  });
  const addJar = (version: string, text = 'a JAR', name = NAME) =>
    open.index.add(name, version, { name: `${name.split(':')[1]}-${version}.jar`, bytes: Buffer.from(text) });
  const addPom = (version: string, bytes = pomOf(version), name = NAME) =>
    open.index.add(name, version, { name: `${name.split(':')[1]}-${version}.pom`, bytes });
  const addBoth = async (version: string) => {
    await addJar(version);
    await addPom(version);
  };

  test('a package that was never published has no release', async () => {
    expect(await open.index.find(NAME, '-alpha-dev.7')).toBeUndefined();
    expect(await open.index.files(NAME, '1.0.0')).toEqual([]);
  });

  test('JAR and POM are at their places in the repository, with identical bytes', async () => {
    await addBoth('1.0.0');

    expect([...(await open.index.files(NAME, '1.0.0'))].sort()).toEqual(['lib-1.0.0.jar', 'lib-1.0.0.pom']);
    expect((await open.bytesOf('com/shop/lib/1.0.0/lib-1.0.0.jar'))?.toString()).toBe('a JAR');
    expect(await open.bytesOf('com/shop/lib/1.0.0/lib-1.0.0.pom')).toEqual(pomOf('1.0.0'));
    expect((await open.bytesOf('com/shop/lib/maven-metadata.xml'))?.toString()).toContain('<version>1.0.0</version>');
  });

  test('a release without its POM is found as what it is, and is completed', async () => {
    await addJar('1.0.0-alpha-dev.7');
    expect(await open.index.files(NAME, '1.0.0-alpha-dev.7')).toEqual(['lib-1.0.0-alpha-dev.7.jar']);

    await addPom('1.0.0-alpha-dev.7');
    expect((await open.index.find(NAME, '-alpha-dev.7'))?.files).toHaveLength(2);
  });

  test('a version is found among others by its end, and packages of one group are apart', async () => {
    for (const version of ['1.0.0-alpha-dev.7', '1.0.0-alpha-dev.77', '1.1.0']) await addBoth(version);
    await addJar('3.0.0', 'other', 'com.shop:lib-two');

    expect((await open.index.find(NAME, '-alpha-dev.7'))?.version).toBe('1.0.0-alpha-dev.7');
    expect(await open.index.find(NAME, '-alpha-dev.8')).toBeUndefined();
    expect(await open.index.files(NAME, '3.0.0')).toEqual([]);
    expect(await open.index.files('com:shop.lib', '1.1.0')).toEqual([]);
  });

  test('an existing file is not overwritten', async () => {
    await addJar('1.0.0', 'first');
    await addJar('1.0.0', 'second');

    expect((await open.bytesOf('com/shop/lib/1.0.0/lib-1.0.0.jar'))?.toString()).toBe('first');
  });

  test('concurrent adds of one file all succeed, and one wins', async () => {
    const all = ['a', 'b', 'c', 'd'];
    await Promise.all(all.map((text) => addJar('1.0.0', text)));

    expect(all).toContain((await open.bytesOf('com/shop/lib/1.0.0/lib-1.0.0.jar'))?.toString());
  });

  test('the POM of another package or version, and any other file, is refused', async () => {
    await expect(addPom('1.0.0', pomOf('9.0.0'))).rejects.toThrow(`says ${NAME}:9.0.0, but ${NAME}:1.0.0 was planned`);
    await expect(addPom('1.0.0', pomOf('1.0.0', 'other'))).rejects.toMatchObject({ name: 'PackageIndexError' });
    const file = { name: 'lib-1.0.0.exe', bytes: Buffer.from('x') };
    await expect(open.index.add(NAME, '1.0.0', file)).rejects.toThrow('neither a JAR nor a POM');
    expect(await open.index.files(NAME, '1.0.0')).toEqual([]);
  });
}
