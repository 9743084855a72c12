/** Source archives, each unpacked and read once, however many images are built of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobSource, readSource, type SourceOptions } from '../../buildspecs/job/read-source';
import { unpackArchive } from './unpack-archive';

/** An unpacked archive, for reading only. */
export interface UnpackedSource extends JobSource {
  readonly directory: string;
}

export interface UnpackedSources {
  /** The archive in this file. Throws if it cannot be unpacked or has no usable catalog. */
  open(archive: string): Promise<UnpackedSource>;
  /** Removes everything that was unpacked. */
  close(): Promise<void>;
}

export function createUnpackedSources(options: SourceOptions): UnpackedSources {
  const sources = new Map<string, Promise<UnpackedSource>>();
  const directories: string[] = [];

  const unpack = async (archive: string): Promise<UnpackedSource> => {
    const directory = await mkdtemp(join(tmpdir(), 'image-source-'));
    directories.push(directory);
    await unpackArchive(archive, directory);
    return { directory, ...(await readSource(directory, options)) };
  };

  return {
    open: (archive) => {
      const known = sources.get(archive);
      if (known !== undefined) return known;
      const source = unpack(archive);
      sources.set(archive, source);
      return source;
    },
    close: async () => {
      await Promise.allSettled(sources.values());
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
}
