/** Which registry hosts are Amazon ECR, and what the short host name `ecr` stands for. */

/** A registry host of ECR: the account and region that it belongs to. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
}

/** In the settings, `ecr` as a host means the registry of the account and region that the app is deployed to. */
export const OWN_REGISTRY = 'ecr';

/** Reads `111122223333.dkr.ecr.eu-central-1.amazonaws.com`; undefined for any other host. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host);
  const [, account, region] = match ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** True if images on this host lie in ECR. */
export function isEcr(host: string): boolean {
  return host === OWN_REGISTRY || parseEcrHost(host) !== undefined;
}

/** A mirror of the settings (`ecr/docker-hub`) in its parts; `prefix` is empty if there is none. */
export function parseMirror(mirror: string): { readonly host: string; readonly prefix: string } {
  const [host = '', ...prefix] = mirror.split('/');
  return { host, prefix: prefix.join('/') };
}
