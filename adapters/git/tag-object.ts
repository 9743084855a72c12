/** Annotated tags: their text, and the error for one that cannot be made. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';

/** The author of commits and tags. */
export const IDENTITY = { name: 'image-pipeline', email: 'image-pipeline@localhost' } as const;

/** Returns the content of the object, in UTC. `seconds` are since 1970. */
export function tagText(tag: {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly seconds: number;
}): string {
  const { name, commit, message, seconds } = tag;
  const tagger = `${IDENTITY.name} <${IDENTITY.email}> ${seconds} +0000`;
  return `object ${commit}\ntype commit\ntag ${name}\ntagger ${tagger}\n\n${message.trim()}\n`;
}

/** Returns the error for a tag that the host refuses. */
export function refusedTag(name: string, reason: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `tag '${name}' ${reason}`);
}
