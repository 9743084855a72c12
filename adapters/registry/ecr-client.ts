/** Clients of ECR's API that keep to the run's retries and pace, as the registry protocol's client does. */
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import type { Clock } from '../../core/ports';
import { countTries } from '../http/http-client';
import type { RetryBudget } from '../http/retry-budget';
import { isRetryableError, isRetryableStatus, type RetryPolicy, waitBefore } from '../http/retry-policy';

/** What a call needs of a client. */
export type EcrClient = Pick<ECRClient, 'send'>;

export interface EcrPatience {
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
