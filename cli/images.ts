/** `pipeline images`: looks for newer versions of the images that builds run, and prints the edit of the settings. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../adapters/clock';
import { writeFileAtomically } from '../adapters/disk/atomic-file';
import { localAccess } from '../adapters/registry/client/keychain';
import { createOciRegistry } from '../adapters/registry/oci-registry';
import { InvalidInputError, messageOf, type Problem, unreadableFile } from '../core/contract/errors';
import {
  type BuildImageName,
  MACHINE_IMAGES,
  newestVersion,
  PINNED_IMAGES,
  type PinnedImage,
  pinnedReference,
} from '../core/image/build-images';
import { DOCKER_HUB, isHost } from '../core/image/reference';
import { type CommandContext, JSON_OUT, PATIENCE, parseRegistryAddress } from './context';
import { printJson, printLine, table } from './output/print';

interface BuildImagesArguments {
  readonly mirror: string;
  readonly write?: string;
  readonly json: boolean;
}

/** Adds options and action. */
export function configureImages(command: Command, context: CommandContext): void {
  command
    .option(
      '--mirror <host/prefix>',
      'ask this mirror of Docker Hub; http://HOST/PREFIX for one without TLS',
      parseMirror,
      DOCKER_HUB,
    )
    .option('--write <file>', 'write the edit into this settings file; default: change nothing')
    .option(...JSON_OUT)
    .action((options: BuildImagesArguments) => proposeImages(options, context));
}

function parseMirror(mirror: string): string {
  const [host = ''] = parseRegistryAddress(mirror).place.split('/');
  if (isHost(host)) return mirror;
  throw new InvalidArgumentError('write a host, with a prefix if the mirror has one, such as mirror.example/hub.');
}

/** A version of an image: the pinned one, and the newest that the registry has. */
interface Proposal {
  readonly name: BuildImageName;
  readonly image: PinnedImage;
  readonly version: string;
  readonly digest: string;
}

async function proposeImages({ mirror, write, json }: BuildImagesArguments, { stdout }: CommandContext): Promise<void> {
  const names = Object.keys(PINNED_IMAGES) as BuildImageName[];
  const found = await Promise.all(names.map((name) => newest(name, mirror)));
  const problems = found.flatMap((each) => ('message' in each ? [each] : []));
  if (problems.length > 0) throw new InvalidInputError('newer images cannot be looked for', problems, MIRROR_HINT);
  const proposals = found.flatMap((each) => ('message' in each ? [] : [each]));
  const newer = proposals.filter(({ digest, image }) => digest !== image.digest);
  const edit = Object.fromEntries(
    newer.map(({ name, image: { repository }, digest }) => [name, pinnedReference({ repository, digest })]),
  );
  if (json) printJson(stdout, { buildImages: edit, machines: MACHINE_IMAGES });
  else printLine(stdout, proposalText(proposals, edit));
  if (write !== undefined && newer.length > 0) await writeEdit(write, edit);
}

const MIRROR_HINT = 'Name a mirror of Docker Hub with --mirror.';

/** Returns the problem if the registry cannot be asked, or has no version of the image. */
async function newest(name: BuildImageName, mirror: string): Promise<Proposal | Problem> {
  const image: PinnedImage = PINNED_IMAGES[name];
  const { place: mirrored, plainHttp } = parseRegistryAddress(mirror);
  const [host = '', ...prefix] = mirrored.split('/');
  const place = { host, repository: [...prefix, image.repository].join('/') };
  const path = `${host}/${place.repository}`;
  const registry = createOciRegistry({ ...localAccess(systemClock, plainHttp), ...PATIENCE });
  try {
    const version = newestVersion(image, (await registry.listTags(place)) ?? []);
    const digest = version === undefined ? undefined : await registry.head(place, version);
    if (version !== undefined && digest !== undefined) return { name, image, version, digest };
  } catch (error) {
    return { path, message: `cannot be asked: ${messageOf(error)}` };
  }
  return { path, message: `has no version like ${image.version}` };
}

function proposalText(proposals: readonly Proposal[], edit: Readonly<Record<string, string>>): string {
  const rows = proposals.map(({ name, image, version, digest }) => [
    name,
    image.repository,
    image.version,
    digest === image.digest ? 'newest' : version,
  ]);
  const isNewest = Object.keys(edit).length === 0;
  return [
    table(['image', 'repository', 'pinned', 'registry'], rows),
    `the machines run ${Object.values(MACHINE_IMAGES).join(' and ')}, which have no digest`,
    '',
    ...(isNewest
      ? ['nothing to change']
      : ['in the settings (--write FILE writes it):', JSON.stringify({ buildImages: edit }, null, 2)]),
  ].join('\n');
}

/** Adds the images to a settings file, whose other keys stay. Throws `InvalidInput` for a file that is no JSON object. */
async function writeEdit(path: string, edit: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InvalidInputError('the settings cannot be read', [{ path, message: unreadableFile(error) }]);
  });
  const settings = settingsIn(path, text);
  const changed = { ...settings, buildImages: { ...Object(settings.buildImages), ...edit } };
  await writeFileAtomically(path, `${JSON.stringify(changed, null, 2)}\n`);
}

function settingsIn(path: string, text: string): Readonly<Record<string, unknown>> {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    settings = undefined;
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return { ...settings };
  const message = 'is no JSON object; name the settings of a deployment, such as pipeline.settings.json';
  throw new InvalidInputError('the settings cannot be changed', [{ path, message }]);
}
