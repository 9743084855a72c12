/** Hosts and names of registries as settings have them, and the registry hosts of Amazon ECR among them. */
import { text } from '../files/text';

export const host = text(/^[a-z0-9.-]+(:\d+)?$/, 'a host name, with a port if needed, without https://');

export const repository = text(
  /^[a-z0-9]+([._/-]+[a-z0-9]+)*$/,
  'a repository name of lower case letters, digits and . _ - / between them',
);

/** Short for the registry of the account and region that the stack is deployed to. */
export const OWN_REGISTRY = 'ecr';

/** The account and region of a registry host of ECR. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
}

/** Parses `111122223333.dkr.ecr.eu-central-1.amazonaws.com`. Returns undefined for any other host. */
export function parseEcrHost(name: string): EcrHost | undefined {
  const [, account, region] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(name) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** Returns the host of ECR in an account and region. */
export function ecrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** Returns whether the host is a registry of ECR. */
export function isEcr(name: string): boolean {
  return name === OWN_REGISTRY || parseEcrHost(name) !== undefined;
}

/**
 * Returns the name of an image with the usual host of its registry: ECR has others for IPv6 and FIPS, which lead to the same images
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html).
 */
export function withoutEndpoint(name: string): string {
  return name.replace(
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:on\.aws|amazonaws\.com)/,
    '$1.dkr.ecr.$2.amazonaws.com',
  );
}

/** Splits a mirror of the settings (`ecr/docker-hub`) into its parts. `prefix` is empty if there is none. */
export function parseMirror(mirror: string): { readonly host: string; readonly prefix: string } {
  const [host = '', ...prefix] = mirror.split('/');
  return { host, prefix: prefix.join('/') };
}
