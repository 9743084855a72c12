/** Recognizes the hosts of Amazon ECR. */

const ECR_HOST = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/;

/** ECR allows this many PutImage calls per second and account (quota L-AD52DFB2, adjustable). */
export const ECR_PUTS_PER_SECOND = 10;

/** Returns the region of an ECR registry's host, or undefined for other hosts. */
export function ecrRegion(host: string): string | undefined {
  return ECR_HOST.exec(host)?.[1];
}

/** Returns the account of an ECR registry: the first part of its host. */
export function ecrAccount(host: string): string {
  return host.slice(0, 12);
}
