/** Which registry hosts are Amazon ECR. */

const ECR_HOST = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/;

/** ECR takes this many PutImage calls a second and account (quota L-AD52DFB2, adjustable). */
export const ECR_PUTS_PER_SECOND = 10;

/** The region of an ECR registry's host, or undefined if the host is none of ECR's. */
export function ecrRegion(host: string): string | undefined {
  return ECR_HOST.exec(host)?.[1];
}

/** The account that an ECR registry belongs to: the host's first part. */
export function ecrAccount(host: string): string {
  return host.slice(0, 12);
}
