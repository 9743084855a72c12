/**
 * A package index as a folder, in the form of PEP 503, so that `pip install --index-url file:///.../simple` can use it: what CodeArtifact is
 * in AWS.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePackageFile } from '../../core/modules/package-files';
import { normalizedPackage } from '../../core/modules/package-version';
import type { PackageIndex } from '../../core/ports';
import { createFileAtomically, writeFileAtomically } from '../disk/atomic-file';

const PAGE = 'index.html';

/** The folder that installers are told: one folder per package, each with its files and a page that links them. */
export function simpleFolder(directory: string): string {
  return join(directory, 'simple');
}

/** Packages below `<directory>/simple`, which is made when the first one comes. */
export function createFolderIndex(directory: string): PackageIndex {
  const root = simpleFolder(directory);
  return {
    find: async (name, suffix) => {
      const files = await namesIn(join(root, normalizedPackage(name)));
      const versionOf = (file: string) => parsePackageFile(file)?.version;
      const version = files.map(versionOf).find((each) => each?.endsWith(suffix));
      if (version === undefined) return undefined;
      return { version, files: files.filter((file) => versionOf(file) === version) };
    },
    add: async (name, _version, file) => {
      const folder = join(root, normalizedPackage(name));
      await createFileAtomically(join(folder, file.name), file.bytes);
      await writePage(folder, async () => linksToFiles(folder, await namesIn(folder)));
      await writePage(root, async () => (await namesIn(root)).map((each) => link(`${each}/`, each)));
    },
  };
}

/** Files or folders, in order; none if there is no such folder. Pages and what is being written are left out. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((each) => each !== PAGE && !each.includes(`${PAGE}.`) && !each.endsWith('.part')).sort();
}

/** Whoever writes last has seen what all others had by then: a page is made anew until it has not changed meanwhile. */
async function writePage(folder: string, links: () => Promise<readonly string[]>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let before: string | undefined, now = pageOf(await links()); now !== before; now = pageOf(await links())) {
    await writeFileAtomically(join(folder, PAGE), now);
    before = now;
  }
}

function pageOf(links: readonly string[]): string {
  return ['<!DOCTYPE html>', '<html><body>', ...links.map((each) => `${each}<br>`), '</body></html>', ''].join('\n');
}

/** With the digest, by which an installer sees that it has the whole file. */
async function linksToFiles(folder: string, files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    files.map(async (file) => {
      const digest = createHash('sha256')
        .update(await readFile(join(folder, file)))
        .digest('hex');
      return link(`${encodeURIComponent(file)}#sha256=${digest}`, file);
    }),
  );
}

/** Names of packages and of their files have no character that HTML would take for its own. */
function link(href: string, text: string): string {
  return `<a href="${href}">${text}</a>`;
}
