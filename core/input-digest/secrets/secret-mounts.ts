/** The secrets and agents that the instructions of a Dockerfile mount, and those that the catalog does not give them. */
import type { Service } from '../../catalog/model';
import type { Instruction } from '../../dockerfile/instruction';

type Given = Pick<Service, 'secrets' | 'ssh'>;

/** A mount of a secret, or of an ssh agent. Without `isRequired`, the instruction runs even if the build does not have it. */
export interface SecretMount {
  readonly kind: 'secret' | 'ssh';
  readonly id: string;
  readonly line: number;
  readonly isRequired: boolean;
}

/** Returns the parts of a digest: ids alone, because they decide what an instruction gets. A value or place may change without a build. */
export function secretRecipe({
  secrets = [],
  ssh = {},
}: Given): readonly { readonly name: string; readonly value: string }[] {
  return [
    ...secrets.map((id) => ({ name: `secret:${id}`, value: '' })),
    ...Object.keys(ssh)
      .sort()
      .map((id) => ({ name: `ssh:${id}`, value: '' })),
  ];
}

/** Returns the mounts by line. One whose type or id has a variable is left out. */
export function findSecretMounts(instructions: readonly Instruction[]): readonly SecretMount[] {
  const found = instructions.flatMap((instruction) =>
    instruction.kind !== 'run'
      ? []
      : instruction.mounts.flatMap(({ type, id, isRequired }): readonly SecretMount[] => {
          const kind = type.toLowerCase();
          if ((kind !== 'secret' && kind !== 'ssh') || id.includes('$')) return [];
          return [{ kind, id, line: instruction.line, isRequired }];
        }),
  );
  return found.sort((one, other) => one.line - other.line);
}

/** Returns the mounts that the service does not give, as sentences that begin with file and line. */
export function ungivenSecrets(
  { dockerfile, secrets = [], ssh = {} }: Given & Pick<Service, 'dockerfile'>,
  mounts: readonly SecretMount[],
): readonly { readonly kind: SecretMount['kind']; readonly isRequired: boolean; readonly text: string }[] {
  return mounts
    .filter(({ kind, id }) => !(kind === 'secret' ? secrets : Object.keys(ssh)).includes(id))
    .map(({ kind, id, line, isRequired }) => {
      const [what, cure] =
        kind === 'secret'
          ? [`the secret ${id}`, "add it to the service's `secrets`, and to the setting buildSecrets"]
          : [
              `the ssh agent ${id}`,
              `add \`ssh: { ${id}: NAME }\` to the service, and NAME with a private key to the setting buildSecrets`,
            ];
      return { kind, isRequired, text: `${dockerfile}:${line} mounts ${what}, which the build does not get; ${cure}` };
    });
}
