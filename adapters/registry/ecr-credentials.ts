/** Credentials for Amazon ECR: a password for 12 hours, made of the role this process has. */
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { Clock } from '../../core/ports';
import type { CredentialSource, Credentials } from './credentials';
import type { EcrClient } from './ecr-client';
import { ecrRegion } from './ecr-host';

/** A new password is fetched this long before the old one ends, in ms. */
const MARGIN = 10 * 60 * 1000;

/** Credentials for every ECR host that the role may use; undefined for other hosts. `clientFor` gives a client for a region. */
export function ecrCredentials(clientFor: (region: string) => EcrClient, clock: Clock): CredentialSource {
  const kept = new Map<string, { readonly credentials: Credentials; readonly until: number }>();
  return async (host) => {
    const region = ecrRegion(host);
    if (region === undefined) return undefined;
    const known = kept.get(region);
    if (known !== undefined && clock.now() < known.until) return known.credentials;
    const reply = await clientFor(region).send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken, expiresAt } = reply.authorizationData?.[0] ?? {};
    const text = Buffer.from(authorizationToken ?? '', 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) throw new PipelineError(ERROR_NAMES.registry, `ECR in ${region} gave no authorization token`);
    const credentials = { username: text.slice(0, colon), password: text.slice(colon + 1) };
    kept.set(region, { credentials, until: (expiresAt?.getTime() ?? clock.now()) - MARGIN });
    return credentials;
  };
}
