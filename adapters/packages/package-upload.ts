/** What the protocols of indexes upload. */
import type { PackageFile } from '../../core/ports/packages';
import type { HttpClient } from '../http/http-client';
import { discardBody, type HttpRequest } from '../http/http-request';

/** A file to upload. `latest` is the version that the index shows first, for npm the one with the tag `latest`. */
export interface PackageUpload {
  readonly name: string;
  readonly version: string;
  readonly file: PackageFile;
  readonly latest: () => Promise<string | undefined>;
}

/** The address of an index, and the token for it. */
export interface UploadAddress {
  readonly url: URL;
  readonly token: string;
}

/** Sends the request of an upload. An index replies 409 for what it has already, and keeps that. */
export async function sendUpload(
  request: Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>,
  token: string,
  http: HttpClient,
): Promise<void> {
  const call = { ...request, expect: [200, 201, 409], repeatable: true, secrets: [token] };
  await http.exchange(call, async (reply) => discardBody(reply));
}
