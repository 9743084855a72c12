/** Pages of a long result, as Step Functions gives them. */
import { StatesError } from './states-error';

export interface PageRequest {
  /** 0 means the default, 100. */
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

const USUAL_PAGE = 100;

/**
 * The items behind the one that the token names. `keyOf` gives what an item is known by, so that a page stays right when items are added
 * before it. Throws `InvalidToken`.
 */
export function pageOf<Item>(
  items: readonly Item[],
  { maxResults = 0, nextToken }: PageRequest,
  keyOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const start = nextToken === undefined ? 0 : indexBehind(items, nextToken, keyOf);
  const end = start + (maxResults === 0 ? USUAL_PAGE : maxResults);
  const page = items.slice(start, end);
  const last = page.at(-1);
  if (last === undefined || end >= items.length) return { page };
  return { page, nextToken: Buffer.from(keyOf(last)).toString('base64url') };
}

function indexBehind<Item>(items: readonly Item[], token: string, keyOf: (item: Item) => string): number {
  const key = Buffer.from(token, 'base64url').toString();
  const index = items.findIndex((item) => keyOf(item) === key);
  if (index < 0) throw new StatesError('InvalidToken', `Invalid Token: '${token}'`);
  return index + 1;
}
