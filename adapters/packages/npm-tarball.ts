/** The manifest in a tarball of npm. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { WantedPackage } from '../../core/modules/ecosystem';
import { checkManifest, MANIFEST, type NpmManifest } from '../../core/modules/npm/manifest';

/** Bytes that a tarball may unpack to. A small one of zeros could unpack to any size. */
const MAX_BYTES = 2 ** 30;

/** Bytes of a manifest. */
const MAX_MANIFEST = 2 ** 20;

/** Returns the manifest of the tarball. Throws `PackageIndexError` if it is not of the wanted package. */
export async function readTarball(tarball: Buffer, wanted: WantedPackage): Promise<NpmManifest> {
  const manifests = await manifestsIn(tarball).catch((error: unknown) => {
    throw refused(`cannot be read: ${messageOf(error)}`);
  });
  const [manifest] = manifests;
  // Installers take the last of several, whatever a reader took.
  if (manifest === undefined || manifests.length > 1)
    throw refused(`has ${manifests.length} manifests; it must have one`);
  return checkManifest(manifest, wanted);
}

async function manifestsIn(tarball: Buffer): Promise<readonly string[]> {
  const manifests: string[] = [];
  const archive = extract();
  const unpacking = Readable.from([tarball]).pipe(createGunzip());
  unpacking.on('error', (error) => archive.destroy(error));
  unpacking.pipe(archive);
  let bytes = 0;
  for await (const entry of archive) {
    const { name, size = 0 } = entry.header;
    bytes += size;
    if (bytes > MAX_BYTES) throw new Error(`it unpacks to more than ${MAX_BYTES} bytes`);
    if (name.split('/').includes('..')) throw new Error('a path in it leads out of it');
    if (!isManifest(name)) {
      entry.resume();
      continue;
    }
    if (size > MAX_MANIFEST) throw new Error(`its ${MANIFEST} has more than ${MAX_MANIFEST} bytes`);
    manifests.push(await text(entry));
  }
  return manifests;
}

/** npm takes away the first folder, whatever its name: https://github.com/npm/pacote/blob/main/lib/fetcher.js */
function isManifest(path: string): boolean {
  const [, ...inner] = path.split('/').filter((part) => part !== '' && part !== '.');
  return inner.join('/').toLowerCase() === MANIFEST;
}

function refused(why: string): PipelineError {
  return new PipelineError(ERROR_NAMES.packageIndex, `the package cannot be published: the tarball ${why}`);
}
