/** Who may use the board: pages are for this machine, actions for the browser that opened the address with the key of this start. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The key of one start. */
export interface BoardKey {
  /** The path that gives a browser the key. It is printed for the person who started the board. */
  readonly entryPath: string;
  /** Returns the cookie if the path has the key. */
  cookieFor(key: string | undefined): string | undefined;
  /** Returns the token for forms of a browser that has the cookie. */
  tokenFor(cookies: string | undefined): string | undefined;
  /** Returns true if cookie and token of a form belong to this start. */
  allows(cookies: string | undefined, token: unknown): boolean;
}

/** Makes a key. */
export function createBoardKey(): BoardKey {
  const key = randomBytes(24).toString('base64url');
  const name = `board-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
  const token = createHash('sha256').update(`form ${key}`).digest('base64url');
  const hasCookie = (cookies = '') =>
    cookies
      .split(/; */)
      .some((cookie) => isEqual(cookie.startsWith(`${name}=`) ? cookie.slice(name.length + 1) : '', key));
  return {
    entryPath: `/enter?key=${key}`,
    cookieFor: (given = '') => (isEqual(given, key) ? `${name}=${key}; Path=/; HttpOnly; SameSite=Strict` : undefined),
    tokenFor: (cookies) => (hasCookie(cookies) ? token : undefined),
    allows: (cookies, given) => hasCookie(cookies) && typeof given === 'string' && isEqual(given, token),
  };
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
