/** Clients of ECR's API that keep to the run's retries and pace, as the registry protocol's client does. */
import { ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { countTries } from '../../http/http-client';
import { isRetryableError, isRetryableStatus, type RetryBudget, type RetryPolicy, waitBefore } from '../../http/retry';
import type { CredentialSource, Credentials } from '../client/credentials';
import { ecrRegion } from './ecr-host';

/** What a call needs of a client. */
export type EcrClient = Pick<ECRClient, 'send'>;

interface EcrPatience {
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
  readonly retry: RetryPolicy;
  /** The run's, so that API and registry protocol together make no more retries than either alone. */
  readonly budget: RetryBudget;
  /** Waits until one more image may be put; default: never. */
  readonly pace?: () => Promise<void>;
}

/** For one try, in ms. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** Errors by which ECR says that it was asked too often, or that the fault is its own; with status 400, some of them. */
const PASSING = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'ServerException',
  'InternalFailure',
  'ServiceUnavailable',
]);

/** Gives one SDK client for each region, which lives as long as the process does. It tries once: whoever uses it retries. */
export function createEcrClients(): (region: string) => EcrClient {
  const clients = new Map<string, EcrClient>();
  return (region) => {
    const client = clients.get(region) ?? new ECRClient({ region, maxAttempts: 1, requestHandler: TIMEOUTS });
    clients.set(region, client);
    return client;
  };
}

/** The client, trying again what may pass. Every try of `PutImage` waits for its turn. */
export function patientEcrClient(client: EcrClient, patience: EcrPatience): EcrClient {
  const { clock, random, retry, budget, pace } = patience;
  const send = async (command: Parameters<EcrClient['send']>[0]): Promise<unknown> => {
    const isEnough = countTries({}, retry, clock);
    for (let tried = 1; ; tried += 1) {
      try {
        if (command instanceof PutImageCommand) await pace?.();
        const output: unknown = await client.send(command);
        budget.succeeded();
        return output;
      } catch (error) {
        if (!mayPass(error) || isEnough(tried) || !budget.take()) throw error;
        await clock.sleep(waitBefore(retry, tried, random));
      }
    }
  };
  return { send: send as EcrClient['send'] };
}

function mayPass(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as {
    readonly name?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const isPassing = typeof name === 'string' && PASSING.has(name);
  return isPassing || isRetryableStatus($metadata?.httpStatusCode ?? 0, true) || isRetryableError(error, true);
}

// Credentials for Amazon ECR: a password for 12 hours, made of the role this process has.

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
