/** Prepares the command that makes an image without a Dockerfile: its folder, its words and its variables. */
import { copyFile, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CommandBuild, Service } from '../../../core/catalog/model';
import { InvalidInputError } from '../../../core/contract/errors';
import { IMAGE_COMMAND_ENV } from '../../../core/contract/job-environment';
import { parseReference } from '../../../core/image/reference';
import type { InputFile } from '../../../core/input-digest/inputs';
import { labels } from '../build-arguments';
import { type JobEnvironment, nulEnded } from '../job-environment';
import { SECRET_FOLDER, secretVariables } from '../secrets/secret-places';

/** The files for the buildspec, in the job's folder. Texts end with NUL, which no text can contain. */
export const COMMAND_FILES = {
  /** The words of the command; missing or empty if a Dockerfile makes the image. */
  command: 'command',
  /** Variables as `NAME=value`. */
  variables: 'variables',
  /** Options of `env` that hide variables of the job from the command. */
  hidden: 'hidden',
  /** The folder in which the command runs. */
  inputs: 'inputs',
  /** The image that the command has to push. It becomes the candidate if the command and its checks succeed. */
  image: 'image',
} as const;

/** The end of the tag that a command pushes: one that fails after its push must leave no candidate. The longest has 126 of 128 characters. */
const MADE = '.made';

/** Everything that a command depends on. */
export interface CommandOrder {
  readonly service: Service;
  readonly build: CommandBuild;
  readonly job: JobEnvironment;
  /** The files to copy. */
  readonly files: readonly InputFile[];
  /** The folder of the source. */
  readonly directory: string;
  /** The folder of the job. */
  readonly out: string;
  readonly hasBuildx: boolean;
}

/** Writes the files, and copies the inputs. Throws `InvalidInput` if this machine cannot check the image afterwards. */
export async function prepareCommand({ service, build, job, files, directory, out, hasBuildx }: CommandOrder) {
  if (!hasBuildx) {
    const message =
      "is made by a command, whose image is checked by buildx, and this machine's Docker client does not have it; install the plug-in docker-buildx";
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${service.name}.build`, message }]);
  }
  const folder = join(out, COMMAND_FILES.inputs);
  await mkdir(folder, { recursive: true });
  for (const { path, mode } of files) await copyInput(join(directory, path), join(folder, path), mode);
  const image = `${job.candidate}${MADE}`;
  const variables = Object.entries({ ...build.env, ...commandVariables(service, job, image, out) });
  await writeFile(join(out, COMMAND_FILES.image), nulEnded([image]));
  await writeFile(join(out, COMMAND_FILES.command), nulEnded(build.command));
  const hidden = secretVariables(job.secrets).map((name) => `--unset=${name}`);
  await writeFile(join(out, COMMAND_FILES.hidden), nulEnded(hidden));
  await writeFile(join(out, COMMAND_FILES.variables), nulEnded(variables.map(([name, value]) => `${name}=${value}`)));
}

async function copyInput(from: string, to: string, mode: InputFile['mode']): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if (mode === '120000') await symlink(await readlink(from), to);
  // A source archive has no files of submodules.
  else if (mode === '160000') await mkdir(to, { recursive: true });
  else await copyFile(from, to);
}

/** Returns the variables of the contract by their names. */
function commandVariables(
  { platforms, secrets = [] }: Service,
  job: JobEnvironment,
  image: string,
  out: string,
): Readonly<Record<string, string>> {
  const { host, repository, tag = '' } = parseReference(image);
  return {
    [IMAGE_COMMAND_ENV.image]: image,
    [IMAGE_COMMAND_ENV.repository]: `${host}/${repository}`,
    [IMAGE_COMMAND_ENV.tag]: tag,
    [IMAGE_COMMAND_ENV.platforms]: platforms.join(','),
    [IMAGE_COMMAND_ENV.labels]: labels(job)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    [IMAGE_COMMAND_ENV.secrets]: secrets.length === 0 ? '' : resolve(out, SECRET_FOLDER),
    [IMAGE_COMMAND_ENV.noCache]: job.bases.noCache ? 'true' : '',
  };
}
