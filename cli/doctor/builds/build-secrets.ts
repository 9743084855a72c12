/** The check of `pipeline doctor` for the secrets that builds use: that each has a value, and never which. */
import { readFile } from 'node:fs/promises';
import { type Finding, later, ok, problem } from '../../../core/doctor/finding';
import type { Settings } from '../../../core/settings/schema';
import { parsePlace } from '../../../core/settings/secrets/schema';

const CHECK = 'secrets of builds';

export interface SecretPlaces {
  /** Returns the text of a secret in the region of its ARN; undefined if it has no value. Undefined if the account is not checked. */
  readonly read?: ((arn: string, region: string) => Promise<string | undefined>) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True if builds run on this machine, where a secret may be an environment variable or a file. */
  readonly isHere: boolean;
}

/** Checks each secret of the settings; nothing if they have none. */
export function checkBuildSecrets(
  { buildSecrets = {} }: Pick<Settings, 'buildSecrets'>,
  places: SecretPlaces,
): Promise<readonly Finding[]> {
  return Promise.all(Object.entries(buildSecrets).map(([id, place]) => checkSecret(id, place, places)));
}

async function checkSecret(id: string, text: string, { read, env, isHere }: SecretPlaces): Promise<Finding> {
  const place = parsePlace(text);
  if (place.kind === 'secret') return checkStored(id, place, isHere, read);
  if (!isHere) {
    const fix = `aws secretsmanager create-secret --name ${id} --secret-string file://FILE, then its ARN in buildSecrets.${id}`;
    return problem(CHECK, `${id} is at ${text}, which no build machine in AWS has`, fix);
  }
  if (place.kind === 'variable') {
    if (env[place.name]) return ok(CHECK, `${id} is in ${place.name}`);
    const fix = `export ${place.name}=VALUE`;
    return problem(CHECK, `${id} is missing: the environment variable ${place.name} is not set`, fix);
  }
  const content = await readFile(place.path).catch(({ code }: NodeJS.ErrnoException) => code ?? 'unknown');
  if (typeof content !== 'string' && content.length > 0) return ok(CHECK, `${id} is in ${place.path}`);
  const why = typeof content === 'string' ? `cannot be read (${content})` : 'is empty';
  return problem(CHECK, `${id} is missing: ${place.path} ${why}`, `install -m 600 FILE ${place.path}`);
}

async function checkStored(
  id: string,
  { arn, region }: { readonly arn: string; readonly region: string },
  isHere: boolean,
  read: SecretPlaces['read'],
): Promise<Finding> {
  const fix = `aws secretsmanager put-secret-value --secret-id ${arn} --region ${region} --secret-string file://FILE`;
  const unread = isHere ? 'a job reads it with the login of the AWS command line' : 'the account is not checked';
  if (read === undefined) return later(CHECK, `${id} is not checked: ${unread}`, fix);
  try {
    return (await read(arn, region)) ? ok(CHECK, `${id} has a value`) : problem(CHECK, `${id} has no value`, fix);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'an unknown error';
    return problem(
      CHECK,
      `${id} cannot be read: ${why}; it must exist, and you need secretsmanager:GetSecretValue`,
      fix,
    );
  }
}
