/** Version claims in DynamoDB: one conditional write each, which registries do not support. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { Claim, Claims } from '../../core/ports/store';

/** Tries of one call, with the SDK's growing pauses about a minute: a new on-demand table throttles for longer than its three tries. */
const TRIES = 8;

/**
 * Opens the table with partition key `image` and sort key `version`. A throttled call is retried. Throws `RunFailed` with the name of
 * AWS's error, and with the missing right if access is denied.
 */
export function createDynamoClaims(config: DynamoDBClientConfig, table: string): Claims {
  const client = new DynamoDBClient({ maxAttempts: TRIES, ...config });
  return {
    claim: async (claim) => {
      try {
        await client.send(putting(table, claim));
        return claim;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item !== undefined)
          return standingClaim(claim.image, claim.version, error.Item);
        throw tableError(table, 'dynamodb:PutItem', error);
      }
    },
    find: async (image, version) => {
      const key = { image: { S: image }, version: { S: version } };
      const request = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
      const { Item } = await client.send(request).catch((error: unknown) => {
        throw tableError(table, 'dynamodb:GetItem', error);
      });
      return Item === undefined ? undefined : standingClaim(image, version, Item);
    },
  };
}

function tableError(table: string, right: string, error: unknown): PipelineError {
  const name = error instanceof Error ? error.name : 'Error';
  const advice = /AccessDenied/.test(name)
    ? `the role of the release function lacks the right ${right} on this table; deploy the stack again, or add the right`
    : 'start the run again, which goes on where this one stopped';
  const message = `the table of version claims ${table} did not answer: ${name}: ${messageOf(error)}; ${advice}`;
  return new PipelineError(ERROR_NAMES.runFailed, message, { cause: error });
}

function putting(table: string, { image, version, digest, run }: Claim): PutItemCommand {
  return new PutItemCommand({
    TableName: table,
    Item: { image: { S: image }, version: { S: version }, digest: { S: digest }, run: { S: run } },
    ConditionExpression: 'attribute_not_exists(image)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}

function standingClaim(
  image: string,
  version: string,
  item: Readonly<Record<string, { readonly S?: string | undefined }>>,
): Claim {
  return { image, version, digest: item.digest?.S ?? 'unknown', run: item.run?.S ?? 'unknown' };
}
