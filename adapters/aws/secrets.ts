/** Secrets, which are cached for a few minutes, so that a rotated one is used without a deployment. */
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { WebhookSecrets } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';

/** A value is read again after this time, in ms. */
const CACHED = 5 * 60 * 1000;

/** Returns a function that returns the secret's text. Its errors name the secret, never a value. */
export function createSecretReader(
  client: SecretsManagerClient,
  secretId: string,
  clock: Clock,
): () => Promise<string> {
  let cached: { readonly value: string; readonly until: number } | undefined;
  return async () => {
    if (cached !== undefined && clock.now() < cached.until) return cached.value;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (!SecretString)
      throw new Error(`secret ${secretId} has no text value; put one with aws secretsmanager put-secret-value`);
    cached = { value: SecretString, until: clock.now() + CACHED };
    return SecretString;
  };
}

/** Deliveries with a wrong signature cause a read at most this often, in ms, so that a flood of them costs nothing. */
const REFRESHED_EVERY = 30 * 1000;

/** The previous secret is accepted for this time after a rotation, in ms. */
const ROTATION = 24 * 60 * 60 * 1000;

/** Creates access to the secrets that sign deliveries: AWSCURRENT, and AWSPREVIOUS for a day after a rotation. Errors contain no value. */
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
    current: () => readUnlessYoungerThan(CACHED),
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
