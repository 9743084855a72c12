/** Why a file cannot be read, in words: the system's own are codes. */
import { messageOf } from './errors';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/** The end of a sentence that the file's path begins. What is not known is told in the system's words. */
export function unreadableFile(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return (typeof code === 'string' ? WORDS[code] : undefined) ?? `cannot be read: ${messageOf(error)}`;
}
