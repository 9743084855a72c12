/** The board of one source: what its pages share, and the key that lets a browser act. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Frame } from '../../core/board/pages/layout';
import { type Answers, type OwnProgram, openAnswers, openCommands, type StartedCommands } from './child-command';
import { type GitView, openGitView } from './git-view';
import { createRunIndex, type RunIndex } from './run-index';
import type { BoardSource } from './source';

export interface Board {
  readonly source: BoardSource;
  readonly index: RunIndex;
  readonly git: GitView;
  readonly answers: Answers;
  readonly commands: StartedCommands;
  readonly key: BoardKey;
  readonly now: () => number;
  /** Called with the message of an internal error. The browser gets a page without it. */
  readonly onFault: (message: string) => void;
}

/** Options of a board. */
export interface BoardOptions extends Pick<Board, 'source' | 'now' | 'onFault'> {
  readonly program: OwnProgram;
}

/** Opens the board. Nothing is read before the first page. */
export function openBoard({ source, program, now, onFault }: BoardOptions): Board {
  return {
    source,
    index: createRunIndex(source.runs, now),
    git: openGitView(source, source.settings),
    answers: openAnswers(program),
    commands: openCommands(program),
    key: createBoardKey(),
    now,
    onFault,
  };
}

/** Checks for changes, and returns a text that differs after each. */
export async function lookForChanges({ index, git, answers, commands }: Board): Promise<string> {
  await Promise.all([index.refresh(), git.look()]);
  return [index.version(), git.version(), answers.version(), commands.version()].join(' ');
}

/** A page with its place in the frame. */
export type Shown = Omit<Frame, 'place'>;

/** Returns the text of a page in the frame. */
export type Show = (shown: Shown) => string;

/** The key of one start. Pages are for everybody on this machine, actions for the browser that opened the address with the key. */
interface BoardKey {
  /** The path that gives a browser the key. It is printed for the person who started the board. */
  readonly entryPath: string;
  /** Returns the cookie if the path has the key. */
  cookieFor(key: string | undefined): string | undefined;
  /** Returns the token for forms of a browser that has the cookie. */
  tokenFor(cookies: string | undefined): string | undefined;
  /** Returns true if cookie and token of a form belong to this start. */
  allows(cookies: string | undefined, token: unknown): boolean;
}

function createBoardKey(): BoardKey {
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
