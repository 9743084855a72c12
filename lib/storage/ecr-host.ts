/** Registry hosts of Amazon ECR, and the short host name `ecr` of the settings. */

/** The account and region of a registry host of ECR. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
}

/** Short for the registry of the account and region that the stack is deployed to. */
export const OWN_REGISTRY = 'ecr';

/** Parses `111122223333.dkr.ecr.eu-central-1.amazonaws.com`. Returns undefined for any other host. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host);
  const [, account, region] = match ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** Returns whether the host is a registry of ECR. */
export function isEcr(host: string): boolean {
  return host === OWN_REGISTRY || parseEcrHost(host) !== undefined;
}

/** Splits a mirror of the settings (`ecr/docker-hub`) into its parts. `prefix` is empty if there is none. */
export function parseMirror(mirror: string): { readonly host: string; readonly prefix: string } {
  const [host = '', ...prefix] = mirror.split('/');
  return { host, prefix: prefix.join('/') };
}
