/** Tarballs as `npm pack` makes them. */
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** Files by their paths in the tarball. */
export type TarballFiles = Readonly<Record<string, string>>;

/** Returns a tarball with exactly these entries, in this order. A path may be in it twice. */
export async function tarballOf(entries: readonly (readonly [path: string, content: string])[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of entries) archive.entry({ name, mtime: new Date(0) }, content);
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}

/** Returns the tarball of a package. `content` tells two tarballs of one version apart. */
export async function npmPackage(name: string, version: string, content = ''): Promise<Buffer> {
  const manifest = { name, version, main: 'index.js', license: 'MIT' };
  return tarballOf([
    ['package/package.json', JSON.stringify(manifest)],
    ['package/index.js', `module.exports = ${JSON.stringify(`${name} ${version} ${content}`)};\n`],
  ]);
}
