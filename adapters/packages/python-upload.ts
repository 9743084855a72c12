/** Uploads to an index of Python packages. */
import { createHash } from 'node:crypto';
import { parsePackageFile } from '../../core/modules/python/package';
import type { HttpClient } from '../http/http-client';
import { type PackageUpload, sendUpload, type UploadAddress } from './package-upload';

/** The version of the metadata that a form with these fields has: https://packaging.python.org/en/latest/specifications/core-metadata/ */
const METADATA_VERSION = '2.1';

/** Uploads a file as `twine` does: https://docs.pypi.org/api/upload/. Repeating is safe. Throws `HttpError`, without token and file. */
export async function uploadToPython(
  upload: PackageUpload,
  { url, token }: UploadAddress,
  http: HttpClient,
): Promise<void> {
  // One object gives both the body and the content type, which has the form's boundary.
  const form = new Response(formOf(upload));
  const body = Buffer.from(await form.arrayBuffer());
  const headers = {
    'content-type': form.headers.get('content-type') ?? '',
    authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`,
  };
  // Indexes besides CodeArtifact reply 400 for an existing file, which has other meanings, too.
  await sendUpload({ method: 'POST', url, headers, body }, token, http);
}

function formOf({ name, version, file }: PackageUpload): FormData {
  const parsed = parsePackageFile(file.name);
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: METADATA_VERSION,
    name,
    version,
    filetype: parsed?.kind === 'wheel' ? 'bdist_wheel' : 'sdist',
    pyversion: parsed?.python ?? 'source',
    sha256_digest: createHash('sha256').update(file.bytes).digest('hex'),
  };
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('content', new Blob([new Uint8Array(file.bytes)], { type: 'application/octet-stream' }), file.name);
  return form;
}
