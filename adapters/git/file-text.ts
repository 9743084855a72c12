/** Files that the pipeline reads as text and may write back. */
import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '../../core/errors';

/** The text, byte order mark included. Throws `InvalidInput` if it is not UTF-8: written back, other bytes would change too. */
export function textOf(content: Buffer, path: string): string {
  if (isUtf8(content)) return content.toString('utf8');
  throw new InvalidInputError('the file cannot be read', [{ path, message: 'is not UTF-8 text' }]);
}
