/** Packs npm packages without npm. */
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { tarballName } from '../../../core/modules/npm/npm';
import type { EmbeddedPackage } from './embedded-package';

/** Writes a tarball of the files into the folder `dist`. Unlike `npm pack`, it reads neither `files` nor `.npmignore`. */
export async function packNpm({ folder, files, name, version }: EmbeddedPackage, dist: string): Promise<void> {
  const archive = pack();
  const writing = pipeline(archive, createGzip(), createWriteStream(join(dist, tarballName(name, version))));
  for (const file of files) {
    const path = join(folder, file);
    const { mode } = await stat(path);
    const header = { name: `package/${file}`, mode: mode & 0o100 ? 0o755 : 0o644, mtime: new Date(0) };
    archive.entry(header, await readFile(path));
  }
  archive.finalize();
  await writing;
}
