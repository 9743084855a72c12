/** Files that are there whole or not at all, even if the process is killed while it writes. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes a file under its name in one step, replacing an earlier one. */
export async function writeFileAtomically(path: string, body: Buffer | string | Readable): Promise<void> {
  await throughTemporary(path, body, (temporary) => rename(temporary, path));
}

/** Writes a file only if there is none with this name; false if there was. Of many at the same time, one wins. */
export async function createFileAtomically(path: string, body: Buffer | string): Promise<boolean> {
  let created = true;
  await throughTemporary(path, body, async (temporary) => {
    try {
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      created = false;
    }
  });
  return created;
}

async function throughTemporary(
  path: string,
  body: Buffer | string | Readable,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    if (typeof body === 'string' || Buffer.isBuffer(body)) await writeFile(temporary, body);
    else await pipeline(body, createWriteStream(temporary));
    await publish(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}
