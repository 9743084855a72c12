/** Secrets by which GitLab signs deliveries, instead of sending the secret itself with each of them. */
import { STANDARD_SECRET_PREFIX } from './webhook-signature';

/** The only length that GitLab takes: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325 */
const KEY_BYTES = 32;

/** True for a secret that only vouches by signature; any other is a plain token. */
export function isSigningToken(secret: string): boolean {
  return secret.startsWith(STANDARD_SECRET_PREFIX);
}

/** What is wrong with a signing token, as the end of a sentence that does not hold it; undefined if GitLab can sign with it. */
export function signingTokenProblem(secret: string): string | undefined {
  const encoded = secret.slice(STANDARD_SECRET_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.length === KEY_BYTES && key.toString('base64') === encoded) return undefined;
  const right = `${STANDARD_SECRET_PREFIX} and ${KEY_BYTES} bytes in base64`;
  return `begins with ${STANDARD_SECRET_PREFIX}, but is no signing token, which is ${right}; put the output of echo "${STANDARD_SECRET_PREFIX}$(openssl rand -base64 ${KEY_BYTES})"`;
}
