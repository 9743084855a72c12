/** Uploads to a Maven repository. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { MAVEN, packagePath } from '../../core/modules/maven/maven';
import { printMetadata } from '../../core/modules/maven/metadata';
import { checkPom } from '../../core/modules/maven/pom';
import type { HttpClient } from '../http/http-client';
import { type PackageUpload, sendUpload, type UploadAddress } from './package-upload';

/**
 * Uploads a file as `mvn deploy` does. A version is unfinished until the metadata comes, which follows the POM, the last file:
 * https://docs.aws.amazon.com/codeartifact/latest/ug/maven-curl.html. A repository keeps an existing file, so repeating is safe. Throws
 * `PackageIndexError` for the POM of another package, and `HttpError`, which contains neither token nor file.
 */
export async function uploadToMaven(
  { name, version, file }: PackageUpload,
  { url, token }: UploadAddress,
  http: HttpClient,
): Promise<void> {
  const part = MAVEN.partOf(file.name);
  if (part === undefined)
    throw new PipelineError(ERROR_NAMES.packageIndex, `'${file.name}' is neither a JAR nor a POM`);
  if (part === 'pom') checkPom(file.bytes.toString('utf8'), { package: name, version });
  const headers = {
    'content-type': 'application/octet-stream',
    authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`,
  };
  const put = (path: string, body: Buffer) =>
    sendUpload({ method: 'PUT', url: new URL(`${packagePath(name)}/${path}`, url), headers, body }, token, http);
  await put(`${version}/${file.name}`, file.bytes);
  if (part === 'pom') await put('maven-metadata.xml', Buffer.from(printMetadata(name, [version])));
}
