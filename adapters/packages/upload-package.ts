/** Uploads a file to a Python index, as `twine` does: https://docs.pypi.org/api/upload/ */
import { createHash } from 'node:crypto';
import { parsePackageFile } from '../../core/modules/package-files';
import type { PackageFile } from '../../core/ports';
import type { HttpClient } from '../http/http-client';
import { discardBody } from '../http/read-body';

export interface PackageUpload {
  readonly name: string;
  readonly version: string;
  readonly file: PackageFile;
}

/** Where to, and the token that lets us. Indexes with tokens have a user name that says so. */
export interface UploadAddress {
  readonly url: URL;
  readonly token: string;
}

/** The version of the metadata that a form with these fields has: https://packaging.python.org/en/latest/specifications/core-metadata/ */
const METADATA_VERSION = '2.1';

/**
 * Sends the file; without effect if the index has one of its name. Sending it twice does no more than once, since an index keeps what it has.
 * Throws `HttpError`, which holds neither token nor file.
 */
export async function uploadPackage(
  upload: PackageUpload,
  { url, token }: UploadAddress,
  http: HttpClient,
): Promise<void> {
  // The form's boundary is part of the content type, so that both come from one place.
  const form = new Response(formOf(upload));
  const body = Buffer.from(await form.arrayBuffer());
  await http.exchange(
    {
      method: 'POST',
      url,
      headers: {
        'content-type': form.headers.get('content-type') ?? '',
        authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`,
      },
      body,
      // 409: CodeArtifact has a file of this name; 400 says the same at other indexes, but other things as well.
      expect: [200, 201, 409],
      repeatable: true,
      secrets: [token],
    },
    async (reply) => discardBody(reply),
  );
}

function formOf({ name, version, file }: PackageUpload): FormData {
  const said = parsePackageFile(file.name);
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: METADATA_VERSION,
    name,
    version,
    filetype: said?.kind === 'wheel' ? 'bdist_wheel' : 'sdist',
    pyversion: said?.python ?? 'source',
    sha256_digest: createHash('sha256').update(file.bytes).digest('hex'),
  };
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('content', new Blob([new Uint8Array(file.bytes)], { type: 'application/octet-stream' }), file.name);
  return form;
}
