/** An index of Python packages as a folder, in the form of PEP 503: `pip install --index-url file:///.../simple`. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normalizedPackage } from '../../core/catalog/grammar';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { isWholeRelease } from '../../core/modules/ecosystem';
import { parsePackageFile } from '../../core/modules/python/package';
import { PYTHON } from '../../core/modules/python/python';
import type { PackageIndex } from '../../core/ports/packages';
import { createFileAtomically, writeFileAtomically } from '../disk/atomic-file';
import { ifMissing } from '../disk/missing';

const PAGE = 'index.html';

/** Returns the folder for installers. It has one folder per package, each with its files and a page that links them. */
export function simpleFolder(directory: string): string {
  return join(directory, 'simple');
}

/** Creates access to packages below `<directory>/simple`, which the first package creates. */
export function createFolderIndex(directory: string): PackageIndex {
  const root = simpleFolder(directory);
  return {
    find: async (name, suffix) => {
      const files = await linkedFiles(join(root, normalizedPackage(name)));
      const versions = new Set(files.map(versionOf).filter((each) => each.endsWith(suffix)));
      const releases = [...versions].map((version) => ({
        version,
        files: files.filter((file) => versionOf(file) === version),
      }));
      return releases.find((release) => isWholeRelease(PYTHON, release.files)) ?? releases[0];
    },
    files: async (name, version) =>
      (await linkedFiles(join(root, normalizedPackage(name)))).filter((file) => versionOf(file) === version),
    add: async (name, _version, file) => {
      if (parsePackageFile(file.name) === undefined) throw notPackageFile(file.name);
      const folder = join(root, normalizedPackage(name));
      await createFileAtomically(join(folder, file.name), file.bytes);
      await writePage(root, async () => (await namesIn(root)).map((each) => link(`${each}/`, each)));
      // The link comes last: if the process is killed before, the file is added again.
      await writePage(folder, async () => linksToFiles(folder, await namesIn(folder)));
    },
  };
}

function versionOf(file: string): string {
  return parsePackageFile(file)?.version ?? '';
}

function notPackageFile(name: string): PipelineError {
  const message = `'${name}' is neither a wheel nor a source distribution, so it cannot be in a package index`;
  return new PipelineError(ERROR_NAMES.packageIndex, message);
}

/** Returns the files that an installer finds: those with a link on the page. */
async function linkedFiles(folder: string): Promise<readonly string[]> {
  const page = await readFile(join(folder, PAGE), 'utf8').catch(ifMissing(''));
  return [...page.matchAll(LINK)].flatMap(([, text]) => text ?? []);
}

/** Returns files or folders in order; none if the folder is missing. Pages and unfinished files are left out. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(ifMissing([]));
  return [...names].filter((each) => each !== PAGE && !each.includes(`${PAGE}.`) && !each.endsWith('.part')).sort();
}

/** Writes the page again until its links have not changed in the meantime, so that the last of several writers includes all files. */
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

/** Links have the digest, by which an installer checks a file. */
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

/** Names of packages and files have no characters with a meaning in HTML. */
function link(href: string, text: string): string {
  return `<a href="${href}">${text}</a>`;
}
const LINK = /">([^<>"]+)<\/a>/g;
