/** `pipeline tag`: gives images a further tag by manifest, as the release step does: all or none, and never another digest. */
import type { Command } from 'commander';
import pLimit from 'p-limit';
import { systemClock } from '../../adapters/clock';
import { createDiskClaims } from '../../adapters/disk/disk-store';
import { HttpError } from '../../adapters/http/http-error';
import { localAccess } from '../../adapters/registry/client/keychain';
import { createOciRegistry, type RegistryPatience } from '../../adapters/registry/oci-registry';
import { InvalidInputError, messageOf, type Problem } from '../../core/contract/errors';
import { isDigest, isHost, isRepository, isTag } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { Claim, Claims } from '../../core/ports/store';
import { homePaths, readLocalSettings } from '../../local/runtime/home';
import { type CommandContext, EXIT, JSON_OUT, parseRegistryAddress } from '../context';
import { countLine, type Output, printJson, printLine, table } from '../output/print';

interface TagOptions {
  readonly registry: string;
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  /** Folder of a local pipeline, whose runs claim versions, too. */
  readonly home?: string;
  readonly json: boolean;
}

const ABOUT_RACES = `
The check is not atomic: two commands at the same time may both find the tag free, and the later one wins. ECR refuses the second where
tags are immutable, as the pipeline makes them. With --home, runs of that local pipeline are excluded, too. Runs in AWS claim versions in
a table of the stack, which this command does not use: do not assign by hand what a run may be assigning.
`;

/** Adds options and action. */
export function configureTag(command: Command, { stdout, stderr, setExitCode }: CommandContext): void {
  command
    .argument('<image...>', 'repositories on the registry, such as team/auth')
    .requiredOption(
      '--registry <host>',
      'such as docker.io, ghcr.io or localhost:5000; http://HOST for one without TLS',
    )
    .requiredOption('--from <tag>', 'a tag or digest that all images have')
    .requiredOption('--to <tag>', 'the tag to give; an existing one with another digest is never overwritten')
    .option('--home <dir>', 'the folder of a local pipeline: claim the tag as its runs claim their versions')
    .option('--dry-run', 'look, but write nothing')
    .option(...JSON_OUT)
    .addHelpText('after', ABOUT_RACES)
    .action(async (images: string[], options: TagOptions) => setExitCode(await tag(images, options, stderr, stdout)));
}

/** A person waits for the answer, and can repeat the command. */
const PATIENCE: RegistryPatience = {
  timeout: 20_000,
  retry: { tries: 4, firstWait: 300, longestWait: 60_000 },
};

/** Tags all images or none. Returns 0 if every image has the tag, or would get it, otherwise 1. Throws `InvalidInput` for bad names. */
async function tag(
  images: readonly string[],
  { registry: address, home, dryRun = false, json, from, to }: TagOptions,
  output: Output,
  results: Output,
): Promise<number> {
  const { place: host, plainHttp } = parseRegistryAddress(address);
  checkNames(images, { host, from, to });
  const claims = home === undefined ? undefined : await claimsOf(home, host);
  const registry = createOciRegistry({
    ...localAccess(systemClock, plainHttp),
    ...PATIENCE,
    isWritten: () => !dryRun,
  });
  const progress = countLine(output, 'images');
  let done = 0;
  const retagged = await retag({ host, images, from, to, dryRun, claims, registry }, () => {
    done += 1;
    progress.update(done, images.length);
  });
  progress.end();
  if (json) printJson(results, { host, from, to, dryRun, images: retagged.map(({ error: _, ...image }) => image) }, 0);
  else printLine(results, tagTable(retagged));
  const advice = adviceFor(retagged, from, to);
  if (advice === undefined) return EXIT.done;
  printLine(output, advice);
  return EXIT.failed;
}

function checkNames(images: readonly string[], { host, from, to }: Pick<RetagRequest, 'host' | 'from' | 'to'>): void {
  const problems: Problem[] = images.flatMap((image, index) => {
    const path = image.slice(0, 80);
    if (!isRepository(image)) return [{ path, message: 'is no repository name such as team/auth' }];
    return images.indexOf(image) === index ? [] : [{ path, message: 'is given twice' }];
  });
  if (!isHost(host)) {
    // A login may stand before the last @.
    const shown = host.replace(/^.*@/s, '***@').slice(0, 80);
    problems.push({ path: '--registry', message: `is ${shown}; write a host such as localhost:5000` });
  }
  if (!isTag(from) && !isDigest(from)) problems.push({ path: '--from', message: `is no digest and ${noTag(from)}` });
  if (!isTag(to)) problems.push({ path: '--to', message: `is ${noTag(to)}` });
  if (problems.length > 0) throw new InvalidInputError('nothing can be tagged', problems);
}

function noTag(text: string): string {
  return `no tag: ${JSON.stringify(text.slice(0, 80))}; a tag has at most 128 of A-Z a-z 0-9 _ . - and begins with none of . -`;
}

/** Returns the claims of the local pipeline that releases to the host. Those of another host mean nothing here. */
async function claimsOf(home: string, host: string): Promise<Claims> {
  const { settings } = await readLocalSettings(home);
  if (settings.releases.host === host) return createDiskClaims(homePaths(home).claims);
  const message = `is ${host}, and the pipeline in ${home} releases to ${settings.releases.host}; name that one, or leave --home out`;
  throw new InvalidInputError('nothing can be tagged', [{ path: '--registry', message }]);
}

function tagTable(images: readonly RetaggedImage[]): string {
  const rows = images.map(({ image, outcome, digest, why }) => [image, outcome, digest?.slice(0, 19) ?? '', why ?? '']);
  return table(['image', 'outcome', 'digest', 'why'], rows);
}

/** Returns what to do about images without the tag; undefined if there are none. */
function adviceFor(images: readonly RetaggedImage[], from: string, to: string): string | undefined {
  if (images.every(({ why }) => why === undefined)) return undefined;
  const count = (outcome: RetagOutcome) => images.filter((image) => image.outcome === outcome).length;
  const tried = images.filter(({ outcome, digest }) => outcome === 'failed' && digest !== undefined);
  if (tried.length > 0) {
    const having = count('tagged') + count('already there');
    const isPassing = tried.every(({ error }) => error instanceof HttpError && error.isRetryable);
    const first = isPassing ? '' : 'fix what the table says, then ';
    return `${having} of ${images.length} images are known to have ${to}; ${first}run the same command again, which completes the rest`;
  }
  const advice = [
    count('missing') > 0 ? `${count('missing')} without ${from}: check the names and --from` : '',
    count('taken') > 0 ? `${count('taken')} with another image as ${to}: choose another --to` : '',
    count('failed') > 0 ? `${count('failed')} that could not be read: fix what the table says` : '',
  ];
  return `no image was given ${to}, because of ${advice.filter((part) => part !== '').join('; ')}; then run it again`;
}

/** `images` are repositories on the host, such as `team/auth`. */
interface RetagRequest {
  readonly host: string;
  readonly images: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  /** Claims that others use, too. Without them, two commands at the same time may both find a tag free. */
  readonly claims: Claims | undefined;
  readonly registry: ImageRegistry;
}

/**
 * `taken`: the tag exists with another digest. `held back`: could be tagged, but another image could not. `failed` with a digest: it was tried,
 * and may have happened; without, the image could not be read.
 */
type RetagOutcome = 'tagged' | 'already there' | 'would be tagged' | 'held back' | 'missing' | 'taken' | 'failed';

interface RetaggedImage {
  readonly image: string;
  readonly outcome: RetagOutcome;
  readonly digest?: string;
  /** The reason why it was not tagged, for people. */
  readonly why?: string;
  readonly error?: unknown;
}

/** An image that may be tagged, and the manifest to put. */
interface FreeImage {
  readonly image: string;
  readonly name: RepositoryName;
  readonly manifest: Manifest;
}

type CheckedImage = RetaggedImage | FreeImage;

const IMAGES_AT_ONCE = 16;

/** Checks all images, claims the tag for all, then tags all or none. Calls `onDone` for each image that is settled. */
async function retag(request: RetagRequest, onDone: () => void): Promise<readonly RetaggedImage[]> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const forAll = <Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) =>
    Promise.all(items.map((item) => limit(() => work(item))));
  const checked = await forAll(request.images, (image) =>
    check(image, request).catch((error): CheckedImage => failed(image, error)),
  );
  const claimed =
    isBlocked(checked) || request.dryRun
      ? checked
      : await forAll(checked, (each) => claim(each, request).catch((error): CheckedImage => failed(each.image, error)));
  const blocked = isBlocked(claimed);
  return forAll(claimed, async (each) => {
    const settled = 'outcome' in each ? each : await put(each, request, blocked);
    onDone();
    return settled;
  });
}

function isBlocked(images: readonly CheckedImage[]): boolean {
  return images.some((each) => 'outcome' in each && each.outcome !== 'already there');
}

async function check(image: string, { host, from, to, claims, registry }: RetagRequest): Promise<CheckedImage> {
  const name = { host, repository: image };
  const manifest = await registry.get(name, from);
  if (manifest === undefined) return { image, outcome: 'missing', why: `${host}/${image} has no ${from}` };
  const { digest } = manifest;
  const found = await registry.head(name, to);
  if (found === undefined) {
    const standing = await claims?.find(`${host}/${image}`, to);
    const isFree = standing === undefined || standing.digest === digest;
    return isFree ? { image, name, manifest } : claimedByOther(standing, image, digest);
  }
  if (found === digest) return { image, outcome: 'already there', digest };
  const why = `${to} is ${found}, and ${from} is ${digest}; a version is given once`;
  return { image, outcome: 'taken', digest, why };
}

/** The name in this command's claims, instead of a run's. */
const BY_HAND = 'pipeline tag';

async function claim(each: CheckedImage, { host, to, claims }: RetagRequest): Promise<CheckedImage> {
  if ('outcome' in each || claims === undefined) return each;
  const { digest } = each.manifest;
  const standing = await claims.claim({ image: `${host}/${each.image}`, version: to, digest, run: BY_HAND });
  return standing.digest === digest ? each : claimedByOther(standing, each.image, digest);
}

function claimedByOther(standing: Claim, image: string, digest: string): RetaggedImage {
  const why = `${standing.version} is claimed for ${standing.digest} by ${standing.run}; a version is given once`;
  return { image, outcome: 'taken', digest, why };
}

async function put(
  { image, name, manifest }: FreeImage,
  { to, dryRun, registry }: RetagRequest,
  blocked: boolean,
): Promise<RetaggedImage> {
  const { digest } = manifest;
  if (blocked) return { image, outcome: 'held back', digest, why: 'another image cannot be tagged' };
  if (dryRun) return { image, outcome: 'would be tagged', digest };
  try {
    await registry.put(name, to, manifest);
    return { image, outcome: 'tagged', digest };
  } catch (error) {
    return { ...failed(image, error), digest };
  }
}

function failed(image: string, error: unknown): RetaggedImage {
  return { image, outcome: 'failed', why: messageOf(error), error };
}
