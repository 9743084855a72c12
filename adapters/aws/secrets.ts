/** Secrets, read when they are needed and kept for a few minutes, so that a rotated one comes into use without a deploy. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../core/ports';

/** How long a value is used before it is read again, in ms. */
const KEPT = 5 * 60 * 1000;

/** A function that gives the secret's text. Its errors name the secret, never a value. */
export function createSecretReader(
  client: SecretsManagerClient,
  secretId: string,
  clock: Clock,
): () => Promise<string> {
  let kept: { readonly value: string; readonly until: number } | undefined;
  return async () => {
    if (kept !== undefined && clock.now() < kept.until) return kept.value;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (!SecretString)
      throw new Error(`secret ${secretId} has no text value; put one with aws secretsmanager put-secret-value`);
    kept = { value: SecretString, until: clock.now() + KEPT };
    return SecretString;
  };
}
