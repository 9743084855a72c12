/** The check of `pipeline doctor` for the secrets that builds use: that each has a value, and never which. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Catalog } from '../../../core/catalog/model';
import { type Finding, later, ok, problem } from '../../../core/doctor/finding';
import { sshKeyProblem } from '../../../core/doctor/judge-ssh-key';
import type { Settings } from '../../../core/settings/schema';
import { parsePlace, type SecretPlace } from '../../../core/settings/secrets/schema';

const CHECK = 'secrets of builds';

export interface SecretPlaces {
  /** Returns the text of a secret in the region of its ARN; undefined if it has no value. Undefined if the account is not checked. */
  readonly read?: ((arn: string, region: string) => Promise<string | undefined>) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True if builds run on this machine, where a secret may be an environment variable or a file. */
  readonly isHere: boolean;
  /** Tells which secrets are private keys. Undefined if it cannot be read. */
  readonly catalog: Catalog | undefined;
}

/** Checks each secret of the settings; nothing if they have none. */
export async function checkBuildSecrets(
  { buildSecrets = {} }: Pick<Settings, 'buildSecrets'>,
  places: SecretPlaces,
): Promise<readonly Finding[]> {
  const keys = new Set(places.catalog?.services.flatMap(({ ssh = {} }) => Object.values(ssh)));
  const found = await Promise.all(
    Object.entries(buildSecrets).map(async ([id, text]) => {
      const place = parsePlace(text);
      if (place.kind !== 'secret' && !places.isHere) {
        const fix = `aws secretsmanager create-secret --name ${id} --secret-string file://FILE, then its ARN in buildSecrets.${id}`;
        return problem(CHECK, `${id} is at ${text}, which no build machine in AWS has`, fix);
      }
      const found = await readPlace(id, place, places);
      if (typeof found !== 'string') return found;
      const wrong = keys.has(id) ? sshKeyProblem(found) : undefined;
      return wrong === undefined ? ok(CHECK, `${id} has a value`) : problem(CHECK, `${id} ${wrong}`, keyFix(place));
    }),
  );
  return [...found, ...(places.isHere && keys.size > 0 ? await missingPrograms(places) : [])];
}

/** Build machines in AWS have both programs. */
async function missingPrograms({ env }: SecretPlaces): Promise<readonly Finding[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const isThere = (name: string) =>
    Promise.any(folders.map((folder) => access(join(folder, name), constants.X_OK))).then(
      () => true,
      () => false,
    );
  const missing: string[] = [];
  for (const name of ['ssh-agent', 'ssh-add']) if (!(await isThere(name))) missing.push(name);
  if (missing.length === 0) return [];
  const text = `this machine has no ${missing.join(', ')}, and the catalog gives builds keys by \`ssh\``;
  return [problem(CHECK, text, 'apt-get install openssh-client')];
}

/** Returns the value, or what is wrong. */
function readPlace(id: string, place: SecretPlace, places: SecretPlaces): Promise<string | Finding> {
  if (place.kind === 'secret') return readStored(id, place, places);
  return place.kind === 'file' ? readFrom(id, place.path) : Promise.resolve(readVariable(id, place.name, places));
}

function readVariable(id: string, name: string, { env }: SecretPlaces): string | Finding {
  return (
    env[name] || problem(CHECK, `${id} is missing: the environment variable ${name} is not set`, `export ${name}=VALUE`)
  );
}

async function readFrom(id: string, path: string): Promise<string | Finding> {
  const fix = `install -m 600 FILE ${path}`;
  try {
    return (await readFile(path, 'latin1')) || problem(CHECK, `${id} is missing: ${path} is empty`, fix);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return problem(CHECK, `${id} is missing: ${path} cannot be read (${code})`, fix);
  }
}

async function readStored(
  id: string,
  { arn, region }: Extract<SecretPlace, { kind: 'secret' }>,
  { isHere, read }: SecretPlaces,
): Promise<string | Finding> {
  const fix = putting(arn, region);
  const unread = isHere ? 'a job reads it with the login of the AWS command line' : 'the account is not checked';
  if (read === undefined) return later(CHECK, `${id} is not checked: ${unread}`, fix);
  try {
    return (await read(arn, region)) || problem(CHECK, `${id} has no value`, fix);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'an unknown error';
    const text = `${id} cannot be read: ${why}; it must exist, and you need secretsmanager:GetSecretValue`;
    return problem(CHECK, text, fix);
  }
}

function putting(arn: string, region: string): string {
  return `aws secretsmanager put-secret-value --secret-id ${arn} --region ${region} --secret-string file://FILE`;
}

/** Returns how to make a key, and where to put it. */
function keyFix(place: SecretPlace): string {
  const make = "ssh-keygen -t ed25519 -N '' -f FILE";
  if (place.kind === 'secret') return `${make}, then ${putting(place.arn, place.region)}`;
  return place.kind === 'file'
    ? `${make}, then install -m 600 FILE ${place.path}`
    : `${make}, then export ${place.name}="$(cat FILE)"`;
}
