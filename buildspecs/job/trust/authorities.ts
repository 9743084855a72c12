/** Private certificate authorities on a build machine, for BuildKit and the Docker engine. Other programs trust the machine's own store. */
import { constants } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isAccessible } from '../../../adapters/disk/missing';
import { AUTHORITIES_ENV } from '../../../core/contract/job-environment';
import { parseReference } from '../../../core/image/reference';
import type { JobEnvironment } from '../job-environment';

/**
 * A registry that is never asked. buildx copies its certificates to `/etc/buildkit/certs/<name>` of the container, and BuildKit, a Go program, reads
 * all files of the folders in SSL_CERT_DIR. So it trusts them everywhere: for registries, the hosts of their tokens and layers, and `ADD https:`
 * (util/confutil/container.go of github.com/docker/buildx, and Go's crypto/x509).
 */
const CARRIER = 'authorities';

/** Returns the path of the file that Node reads, too; undefined if there is none. */
export async function authoritiesFile(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const file = env[AUTHORITIES_ENV.file] ?? '';
  return file !== '' && (await isAccessible(file, constants.R_OK)) ? resolve(file) : undefined;
}

/** Returns the part of BuildKit's configuration, in TOML. */
export function authorityConfig(file: string | undefined): string {
  return file === undefined ? '' : `[registry.${JSON.stringify(CARRIER)}]\n  ca = [${JSON.stringify(file)}]\n`;
}

/** Returns the arguments of `docker buildx create`. */
export function authorityOptions(file: string | undefined): readonly string[] {
  return file === undefined ? [] : [`--driver-opt=env.SSL_CERT_DIR=/etc/ssl/certs:/etc/buildkit/certs/${CARRIER}`];
}

/** Writes `<folder>/<host>/ca.crt` for the engine, which reads it at each request (https://docs.docker.com/engine/security/certificates/). */
export async function trustInEngine(
  file: string,
  folder: string,
  { mirrors, buildImages }: Pick<JobEnvironment, 'mirrors' | 'buildImages'>,
): Promise<string> {
  const pulled = Object.values(buildImages).map((image) => parseReference(image).host);
  const hosts = [...new Set([...pulled, ...Object.values(mirrors).map((mirror) => mirror.split('/')[0] ?? '')])];
  const certificates = await readFile(file);
  for (const host of hosts) {
    await mkdir(join(folder, host), { recursive: true });
    await writeFile(join(folder, host, 'ca.crt'), certificates);
  }
  return `private certificate authorities for ${hosts.join(' ')}\n`;
}
