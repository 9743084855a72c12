/** Names by which several pipelines live side by side in one account and region. */
import { createHash } from 'node:crypto';

/** CloudFormation's grammar. */
export const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

/** Returns the problem with the name of a stack, or undefined. */
export function stackNameProblem(name: unknown): string | undefined {
  if (typeof name === 'string' && STACK_NAME.test(name)) return undefined;
  return `must be letters, digits and -, at most 128, the first one a letter, not ${JSON.stringify(name)?.slice(0, 80)}`;
}

/** The settings that give a stack its name. A local repository has no name. */
interface NamedDeployment {
  readonly stack?: string | undefined;
  readonly git: { readonly host: string; readonly repository?: string };
}

/**
 * Returns the name of the stack: the setting, or one that is made from the repository's full name. `/` becomes `--`, which names of owners and
 * groups do not contain. If the name has other characters that are not allowed, a hash is appended.
 */
export function stackName({ stack, git }: NamedDeployment): string {
  if (stack !== undefined) return stack;
  if (git.repository === undefined) return STACK;
  const plain = git.repository.replaceAll('/', '--').replace(/[^A-Za-z0-9-]/g, '-');
  const name = `${STACK}-${plain}`;
  if (plain === git.repository.replaceAll('/', '--') && name.length <= MAX_STACK_CHARACTERS) return name;
  const hash = createHash('sha256').update(git.repository).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_STACK_CHARACTERS - hash.length - 1)}-${hash}`;
}

const STACK = 'ImagePipeline';
const MAX_STACK_CHARACTERS = 128;

/** Name of the CodeArtifact repository that the stack makes for published modules. */
export const OWN_PACKAGE_REPOSITORY = 'modules';

/** Returns the name of the CodeArtifact domain that a stack makes: the stack's own name, within the domain's grammar and 50 characters. */
export function packageDomain(stack: string): string {
  const name = stack.toLowerCase();
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return name.length <= 50 && /.[a-z0-9]$/.test(name) ? name : `${name.slice(0, 41)}-${hash}`;
}
