/** Checks a reply of a git host's API before it is used. */
import type * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';

/** Returns the reply as the schema types it. Throws `GitHostError` with the path of the first difference. */
export function checkReply<Type>(schema: z.ZodType<Type>, reply: unknown, what: string): Type {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the reply';
  const message = `${what}: the git host's reply has an unknown form (${where}: ${issue?.message})`;
  throw new PipelineError(ERROR_NAMES.gitHost, message.slice(0, 400));
}
