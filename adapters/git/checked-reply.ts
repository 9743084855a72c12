/** Checks what a git host's API answered before anything in it is believed. */
import type * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';

/** The reply in the form of the schema. Throws `GitHostError` that says where it differs. */
export function checkReply<Type>(schema: z.ZodType<Type>, reply: unknown, what: string): Type {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the reply';
  const message = `${what}: the git host answered in a form that is not known (${where}: ${issue?.message})`;
  throw new PipelineError(ERROR_NAMES.gitHost, message.slice(0, 400));
}
