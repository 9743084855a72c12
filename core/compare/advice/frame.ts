/** A Dockerfile without the versions of its base images. */
import { repositoryOf } from '../../dockerfile/evaluate/stages';
import { splitInstruction } from '../../dockerfile/parse/lexer';
import { parseDockerfile } from '../../dockerfile/parse/parse-dockerfile';

/**
 * Returns the text with each `FROM` reduced to the repository, and without the values of the `ARG`s above the first one. Two files with the
 * same frame differ in the versions of their base images alone. A file in another language is its own frame.
 */
export function frameOf(text: string): string {
  const parsed = parseDockerfile(text);
  if (parsed.kind !== 'parsed') return text;
  const { escapeMark, globalArgs, stages } = parsed.dockerfile;
  const lines = text.split('\n');
  for (const { line, args } of globalArgs) lines[line - 1] = `ARG ${args.map(({ name }) => name).join(' ')}`;
  for (const { line, base } of stages) {
    const { rest } = splitInstruction(lines[line - 1] ?? '', escapeMark);
    lines[line - 1] = `FROM ${rest.replace(base, repositoryOf(base))}`;
  }
  return lines.join('\n');
}
