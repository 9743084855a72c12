/** Clients of ECR's API within the run's retries and rate limit, as the registry protocol's client is. */
import { ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import type { RoleCredentials } from '../../aws/assumed-role';
import {
  countTries,
  isRetryableError,
  isRetryableStatus,
  type RetryBudget,
  type RetryPolicy,
  waitBefore,
} from '../../http/retry';
import type { CredentialSource, Credentials } from '../client/credentials';
import { ecrRegion } from './ecr-host';

/** The part of the SDK's client that calls need. */
export type EcrClient = Pick<ECRClient, 'send'>;

interface EcrPatience {
  readonly clock: Clock;
  /** Returns numbers from 0 to 1. */
  readonly random: () => number;
  readonly retry: RetryPolicy;
  /** The run's budget: API and registry protocol share it. */
  readonly budget: RetryBudget;
  /** Waits until one more image may be put; default: does not wait. */
  readonly pace?: () => Promise<void>;
}

/** For one try, in ms. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** Errors for too many calls, or for a fault of ECR itself; some have status 400. */
const RETRYABLE = new Set([
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

/** Returns the SDK client of a region, one for the life of the process. It tries once: its users retry. */
export function createEcrClients(): (region: string) => EcrClient {
  const clients = new Map<string, EcrClient>();
  return (region) => {
    const client = clients.get(region) ?? new ECRClient({ region, maxAttempts: 1, requestHandler: TIMEOUTS });
    clients.set(region, client);
    return client;
  };
}

/** Returns an SDK client of a region with other credentials than those of this process. */
export function createEcrClientAs(region: string, credentials: () => Promise<RoleCredentials>): EcrClient {
  return new ECRClient({ region, credentials, maxAttempts: 1, requestHandler: TIMEOUTS });
}

/** Returns the client with retries of failures that may pass. Every try of `PutImage` waits for its turn. */
export function patientEcrClient(client: EcrClient, patience: EcrPatience): EcrClient {
  const { clock, random, retry, budget, pace } = patience;
  const send = async (command: Parameters<EcrClient['send']>[0]): Promise<unknown> => {
    const isLast = countTries({}, retry, clock);
    for (let tried = 1; ; tried += 1) {
      try {
        if (command instanceof PutImageCommand) await pace?.();
        const output: unknown = await client.send(command);
        budget.succeeded();
        return output;
      } catch (error) {
        if (!isRetryable(error) || isLast(tried) || !budget.take()) throw error;
        await clock.sleep(waitBefore(retry, tried, random));
      }
    }
  };
  return { send: send as EcrClient['send'] };
}

function isRetryable(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as {
    readonly name?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const hasName = typeof name === 'string' && RETRYABLE.has(name);
  return hasName || isRetryableStatus($metadata?.httpStatusCode ?? 0, true) || isRetryableError(error, true);
}

/** A new password is fetched this long before the old one ends, in ms. */
const MARGIN = 10 * 60 * 1000;

/** Returns credentials for ECR hosts, a password for 12 hours; undefined for other hosts. `clientFor` has the role that may use a host. */
export function ecrCredentials(clientFor: (host: string) => EcrClient, clock: Clock): CredentialSource {
  const kept = new Map<string, { readonly credentials: Credentials; readonly until: number }>();
  return async (host) => {
    const region = ecrRegion(host);
    if (region === undefined) return undefined;
    const known = kept.get(host);
    if (known !== undefined && clock.now() < known.until) return known.credentials;
    const reply = await clientFor(host).send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken, expiresAt } = reply.authorizationData?.[0] ?? {};
    const text = Buffer.from(authorizationToken ?? '', 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) throw new PipelineError(ERROR_NAMES.registry, `ECR in ${region} gave no authorization token`);
    const credentials = { username: text.slice(0, colon), password: text.slice(colon + 1) };
    kept.set(host, { credentials, until: (expiresAt?.getTime() ?? clock.now()) - MARGIN });
    return credentials;
  };
}
