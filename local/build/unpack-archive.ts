/** Unpacks source archives without other programs. No entry of an archive can write outside of its folder. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { pathProblem } from '../../adapters/git/object-name';

/** Unpacks a gzipped tar into the folder, which must be empty. Throws if the file is cut off or an entry would be outside of the folder. */
export async function unpackArchive(file: string, directory: string): Promise<void> {
  const links: { readonly path: string; readonly target: string }[] = [];
  const unpacking = extract();
  const reading = pipeline(createReadStream(file), createGunzip(), unpacking);
  // The loop below throws the error of a broken archive first.
  reading.catch(() => undefined);
  for await (const entry of unpacking) {
    const path = safePath(entry.header);
    if (entry.header.type === 'symlink') links.push({ path, target: entry.header.linkname ?? '' });
    else await unpackEntry(entry, entry.header, join(directory, path));
    entry.resume();
  }
  await reading;
  // Links come last, so that no file can be written through one.
  for (const { path, target } of links) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await symlink(target, join(directory, path));
  }
}

async function unpackEntry(content: AsyncIterable<unknown>, header: Header, path: string): Promise<void> {
  if (header.type === 'directory') {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await pipeline(content, createWriteStream(path, { flags: 'wx', mode: header.mode ?? 0o644 }));
}

function safePath(header: Header): string {
  const path = header.name.replace(/\/$/, '');
  const known = header.type === 'file' || header.type === 'directory' || header.type === 'symlink';
  const problem = known ? pathProblem(path) : `is a ${header.type}, which a source archive cannot contain`;
  if (problem === undefined) return path;
  throw new Error(`the source archive cannot be unpacked: '${path}' ${problem}`);
}

export interface UnpackedSources<Source> {
  /** Returns what was read of the archive in this file. Throws if it cannot be unpacked or read. */
  open(archive: string): Promise<Source>;
  /** Removes everything that was unpacked. */
  close(): Promise<void>;
}

/** Creates a store of source archives. Each is unpacked and read once, for all jobs that are built from it. */
export function createUnpackedSources<Source>(read: (directory: string) => Promise<Source>): UnpackedSources<Source> {
  const sources = new Map<string, Promise<Source>>();
  const directories: string[] = [];

  const unpack = async (archive: string) => {
    const directory = await mkdtemp(join(tmpdir(), 'image-source-'));
    directories.push(directory);
    await unpackArchive(archive, directory);
    return read(directory);
  };

  return {
    open: (archive) => {
      const source = sources.get(archive) ?? unpack(archive);
      sources.set(archive, source);
      return source;
    },
    close: async () => {
      await Promise.allSettled(sources.values());
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
}
