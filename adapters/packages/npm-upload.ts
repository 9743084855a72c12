/** Uploads to a registry of npm packages. */
import { distTag, publishDocument } from '../../core/modules/npm/publish-document';
import type { HttpClient } from '../http/http-client';
import { readTarball } from './npm-tarball';
import { type PackageUpload, sendUpload, type UploadAddress } from './package-upload';

/**
 * Uploads a tarball as `npm publish` does: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md. A registry keeps an existing
 * version, so repeating is safe. Throws `PackageIndexError` for a tarball of another package, and `HttpError`, which contains neither token
 * nor file.
 */
export async function uploadToNpm(
  { name, version, file, latest }: PackageUpload,
  { url, token }: UploadAddress,
  http: HttpClient,
): Promise<void> {
  const manifest = await readTarball(file.bytes, { package: name, version });
  const tag = distTag(version, await latest());
  const document = publishDocument({ manifest, tarball: file.bytes, tag }, url.href);
  const request = {
    method: 'PUT',
    url: new URL(name.replace('/', '%2f'), url),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: Buffer.from(JSON.stringify(document)),
  } as const;
  await sendUpload(request, token, http);
}
