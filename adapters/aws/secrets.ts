/** Secrets, read when they are needed and kept for a few minutes, so that a rotated one comes into use without a deploy. */
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { WebhookSecrets } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';

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

// The secrets that sign webhook deliveries, kept in memory, also while they are being rotated.

/** How long the values are used before they are read again, in ms. */
const SECRETS_KEPT = 5 * 60 * 1000;

/** Deliveries with a wrong signature make us read again at most this often, in ms: a flood of them must cost nothing. */
const REFRESHED_EVERY = 30 * 1000;

/** How long the previous secret is accepted after a new one was put, in ms. */
const ROTATION = 24 * 60 * 60 * 1000;

/** Reads AWSCURRENT, and AWSPREVIOUS for a day after the change. Errors name the secret, never a value. */
export function createWebhookSecrets(client: SecretsManagerClient, secretId: string, clock: Clock): WebhookSecrets {
  let reading: { readonly values: Promise<readonly string[]>; readonly since: number } | undefined;

  function readUnlessYoungerThan(age: number): Promise<readonly string[]> {
    if (reading !== undefined && clock.now() - reading.since < age) return reading.values;
    const started = { values: readSecrets(client, secretId, clock), since: clock.now() };
    reading = started;
    started.values.catch(() => {
      if (reading === started) reading = undefined;
    });
    return started.values;
  }

  return {
    current: () => readUnlessYoungerThan(SECRETS_KEPT),
    refreshed: () => readUnlessYoungerThan(REFRESHED_EVERY),
  };
}

async function readSecrets(client: SecretsManagerClient, secretId: string, clock: Clock): Promise<readonly string[]> {
  const [current, previous] = await Promise.all([
    client.send(new GetSecretValueCommand({ SecretId: secretId })),
    readPrevious(client, secretId),
  ]);
  if (!current.SecretString) {
    throw new Error(`secret ${secretId} has no text value; put one with aws secretsmanager put-secret-value`);
  }
  const isRotating = clock.now() - (current.CreatedDate?.getTime() ?? 0) < ROTATION;
  return [current.SecretString, ...(isRotating && previous?.SecretString ? [previous.SecretString] : [])];
}

async function readPrevious(
  client: SecretsManagerClient,
  secretId: string,
): Promise<GetSecretValueCommandOutput | undefined> {
  try {
    return await client.send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: 'AWSPREVIOUS' }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
