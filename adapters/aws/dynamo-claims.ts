/** Version claims in DynamoDB: one conditional write each, which is what a registry cannot do. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Claim, Claims } from '../../core/ports/store';

/** Claims in the table with partition key `image` and sort key `version`. */
export function createDynamoClaims(client: DynamoDBClient, table: string): Claims {
  return {
    claim: async (claim) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              image: { S: claim.image },
              version: { S: claim.version },
              digest: { S: claim.digest },
              run: { S: claim.run },
            },
            ConditionExpression: 'attribute_not_exists(image)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return claim;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item !== undefined)
          return standingClaim(claim.image, claim.version, error.Item);
        throw error;
      }
    },
    find: async (image, version) => {
      const key = { image: { S: image }, version: { S: version } };
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return Item === undefined ? undefined : standingClaim(image, version, Item);
    },
  };
}

function standingClaim(
  image: string,
  version: string,
  item: Readonly<Record<string, { readonly S?: string | undefined }>>,
): Claim {
  return { image, version, digest: item.digest?.S ?? 'unknown', run: item.run?.S ?? 'unknown' };
}
