/** Addresses of AWS CodeCommit. */

/** The host name, and its region. */
const HOST = /^git-codecommit(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Returns the region in an address such as `https://git-codecommit.eu-central-1.amazonaws.com`, or undefined. */
export function codeCommitRegion(apiUrl: string): string | undefined {
  return URL.canParse(apiUrl) ? HOST.exec(new URL(apiUrl).hostname)?.[1] : undefined;
}
