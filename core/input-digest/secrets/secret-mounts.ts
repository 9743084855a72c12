/** The secrets that the instructions of a Dockerfile mount, and those that the catalog does not give them. */
import type { Service } from '../../catalog/model';
import type { Instruction } from '../../dockerfile/instruction';

/** A mount of a secret. Without `isRequired`, the instruction runs even if the build does not have it. */
export interface SecretMount {
  readonly id: string;
  readonly line: number;
  readonly isRequired: boolean;
}

/** Returns the mounts by line. One whose type or id has a variable is left out. */
export function findSecretMounts(instructions: readonly Instruction[]): readonly SecretMount[] {
  const found = instructions.flatMap((instruction) =>
    instruction.kind !== 'run'
      ? []
      : instruction.mounts
          .filter(({ type, id }) => type.toLowerCase() === 'secret' && !id.includes('$'))
          .map(({ id, isRequired }) => ({ id, line: instruction.line, isRequired })),
  );
  return found.sort((one, other) => one.line - other.line);
}

/** Returns the mounts of secrets that the service does not name, as sentences that begin with file and line. */
export function ungivenSecrets(
  { dockerfile, secrets = [] }: Pick<Service, 'dockerfile' | 'secrets'>,
  mounts: readonly SecretMount[],
): readonly { readonly isRequired: boolean; readonly text: string }[] {
  return mounts
    .filter(({ id }) => !secrets.includes(id))
    .map(({ id, line, isRequired }) => ({
      isRequired,
      text: `${dockerfile}:${line} mounts the secret ${id}, which the build does not get; add it to the service's \`secrets\`, and to the setting buildSecrets`,
    }));
}
