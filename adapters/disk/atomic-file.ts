/** Files that exist completely or not at all, even if the process is killed while it writes. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes a file in one step, and overwrites an earlier one. */
export async function writeFileAtomically(path: string, body: Buffer | string | Readable): Promise<void> {
  await throughTemporary(path, body, (temporary) => rename(temporary, path));
}

/** Writes a file unless one of this name exists. Returns false if it did. Of simultaneous calls, one wins. */
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
  await makeFolder(dirname(path));
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    if (typeof body === 'string' || Buffer.isBuffer(body)) await writeFile(temporary, body);
    else await pipeline(body, createWriteStream(temporary));
    await publish(temporary);
  } catch (error) {
    throw withPath(error as NodeJS.ErrnoException, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Names the file in the error of a write, in which Node names none: a full disk, a quota that is used up. */
function withPath(error: NodeJS.ErrnoException, path: string): Error {
  if (error.syscall !== 'write' || error.path !== undefined) return error;
  return Object.assign(error, { path, message: `${error.message} '${path}'` });
}

/** Makes a folder and those around it. Node's own `recursive` never ends in `/proc`, where a folder exists and takes no other. */
async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path).catch(unlessExists);
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const TEMPORARY = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

/** A temporary file that was not written to for so long belongs to a process that was killed. In ms. */
const ABANDONED = 60 * 60 * 1000;

/** Removes the temporary files below a folder that killed processes left. `now` is in ms since 1970. */
export async function sweepTemporaryFiles(directory: string, now: number): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile() && TEMPORARY.test(each.name))) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const age =
      now -
      (await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => now,
      ));
    if (age > ABANDONED) await rm(path, { force: true });
  }
}
