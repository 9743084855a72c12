/** A DynamoDB table of claims on loopback: conditional writes as the real SDK client sends and reads them. */
import type { FakeAws } from './fake-aws';

type Item = Readonly<Record<string, { readonly S: string }>>;

interface PutItem {
  readonly TableName: string;
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

interface GetItem {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
}

export interface FakeTable {
  /** Puts an item by the back door. */
  put(item: Item): void;
}

/**
 * Answers `PutItem` and `GetItem` for a table with partition key `image` and sort key `version`. Knows one condition, and refuses every
 * other; what is read without `ConsistentRead` is what the table had a moment ago: nothing.
 */
export function serveClaimsTable({ answers }: Pick<FakeAws, 'answers'>, table: string): FakeTable {
  const items = new Map<string, Item>();
  const keyOf = ({ image, version }: Item) => JSON.stringify([image?.S, version?.S]);
  answers.set('PutItem', (input) => {
    const request = input as unknown as PutItem;
    if (request.TableName !== table) return { error: 'ResourceNotFoundException' };
    if (request.ConditionExpression !== 'attribute_not_exists(image)') return { error: 'ValidationException' };
    const key = keyOf(request.Item);
    const standing = items.get(key);
    if (standing === undefined) {
      items.set(key, request.Item);
      return {};
    }
    const isAsked = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    return { error: 'ConditionalCheckFailedException', ...(isAsked ? { Item: standing } : {}) };
  });
  answers.set('GetItem', (input) => {
    const { TableName, Key, ConsistentRead = false } = input as unknown as GetItem;
    if (TableName !== table) return { error: 'ResourceNotFoundException' };
    const standing = ConsistentRead ? items.get(keyOf(Key)) : undefined;
    return standing === undefined ? {} : { Item: standing };
  });
  return { put: (item) => items.set(keyOf(item), item) };
}
