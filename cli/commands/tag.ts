/** `pipeline tag`: the release step's retag, by hand. */

import type { Command } from 'commander';
import pLimit from 'p-limit';
import { systemClock } from '../../adapters/clock';
import { createDiskClaims } from '../../adapters/disk/disk-store';
import { localAccess } from '../../adapters/registry/client/keychain';
import { createOciRegistry, type RegistryPatience } from '../../adapters/registry/oci-registry';
import { InvalidInputError, messageOf, type Problem } from '../../core/contract/errors';
import { isDigest, isHost, isRepository, isTag } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { Claim, Claims } from '../../core/ports/store';
import { homePaths, readLocalSettings } from '../../local/runtime/home';
import { type CommandContext, JSON_OUT } from '../context';
import { countLine, type Output, printJson, printLine, table } from '../output/print';

/** Somebody waits for the answer, and can ask again. */
const TAG_PATIENCE: RegistryPatience = {
  timeout: 20_000,
  retry: { tries: 4, firstWait: 300, longestWait: 60_000 },
};

export interface TagOptions {
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
    .requiredOption('--registry <host>', 'such as docker.io, ghcr.io or localhost:5000')
    .requiredOption('--from <tag>', 'a tag or digest that all images have')
    .requiredOption('--to <tag>', 'the tag to give; an existing one with another digest is never overwritten')
    .option('--home <dir>', 'the folder of a local pipeline: claim the tag as its runs claim their versions')
    .option('--dry-run', 'look, but write nothing')
    .option(...JSON_OUT)
    .addHelpText('after', ABOUT_RACES)
    .action(async (images: string[], options: TagOptions) => setExitCode(await tag(images, options, stderr, stdout)));
}

/** Tags all images or none. Exit code 0 if every image has the tag (or would get it), else 1; bad names throw `InvalidInput`. */
export async function tag(
  images: readonly string[],
  options: TagOptions,
  output: Output,
  results: Output,
): Promise<number> {
  checkNames(images, options);
  const { registry: host, from, to, dryRun = false } = options;
  const claims = options.home === undefined ? {} : { claims: await claimsOf(options.home, host) };
  const registry = createOciRegistry({
    ...localAccess(systemClock),
    ...TAG_PATIENCE,
  });
  const progress = countLine(output, 'images');
  let done = 0;
  const retagged = await retag({ host, images, from, to, dryRun, ...claims }, registry, () => {
    done += 1;
    progress.update(done, images.length);
  });
  progress.end();
  if (options.json) printJson(results, { host, from, to, dryRun, images: retagged }, 0);
  else printLine(results, tagTable(retagged));
  const verdict = whatToDo(retagged, options);
  if (verdict !== undefined) printLine(output, verdict);
  return verdict === undefined ? 0 : 1;
}

/** The claims of the local pipeline that releases to the host: to another one's they would say nothing. */
async function claimsOf(home: string, host: string): Promise<Claims> {
  const { settings } = await readLocalSettings(home);
  if (settings.releases.host === host) return createDiskClaims(homePaths(home).claims);
  const message = `is ${host}, and the pipeline in ${home} releases to ${settings.releases.host}; name that one, or leave --home out`;
  throw new InvalidInputError('nothing can be tagged', [{ path: '--registry', message }]);
}

/** What to do about images without the tag; undefined if there are none. */
function whatToDo(images: readonly RetaggedImage[], { from, to }: TagOptions): string | undefined {
  if (images.every(({ why }) => why === undefined)) return undefined;
  const count = (outcome: RetagOutcome) => images.filter((image) => image.outcome === outcome).length;
  if (images.some(({ outcome, digest }) => outcome === 'failed' && digest !== undefined)) {
    const having = count('tagged') + count('already there');
    return `${having} of ${images.length} images are known to have ${to}; run the same command again, which completes the rest`;
  }
  const advice = [
    count('missing') > 0 ? `${count('missing')} without ${from}: check the names and --from` : '',
    count('taken') > 0 ? `${count('taken')} with another image as ${to}: choose another --to` : '',
    count('failed') > 0 ? `${count('failed')} that could not be looked at: mend what the table says` : '',
  ];
  return `no image was given ${to}, because of ${advice.filter((part) => part !== '').join('; ')}; then run it again`;
}

function tagTable(images: readonly RetaggedImage[]): string {
  const rows = images.map(({ image, outcome, digest, why }) => [image, outcome, digest?.slice(0, 19) ?? '', why ?? '']);
  return table(['image', 'outcome', 'digest', 'why'], rows);
}

function checkNames(images: readonly string[], { registry, from, to }: TagOptions): void {
  const problems: Problem[] = images.flatMap((image, index) => {
    const path = image.slice(0, 80);
    if (!isRepository(image)) return [{ path, message: 'is no repository name such as team/auth' }];
    return images.indexOf(image) === index ? [] : [{ path, message: 'is given twice' }];
  });
  if (!isHost(registry))
    problems.push({ path: '--registry', message: `is ${registry.slice(0, 80)}; write a host such as localhost:5000` });
  if (!isTag(from) && !isDigest(from)) problems.push({ path: '--from', message: `is no digest and ${noTag(from)}` });
  if (!isTag(to)) problems.push({ path: '--to', message: `is ${noTag(to)}` });
  if (problems.length > 0) throw new InvalidInputError('nothing can be tagged', problems);
}

function noTag(text: string): string {
  return `no tag: ${JSON.stringify(text.slice(0, 80))}; a tag has at most 128 of A-Z a-z 0-9 _ . - and begins with none of . -`;
}

// Gives images a further tag by hand, as the release step does it for a run: by manifest, all or none, never another digest.

/** What shall be tagged. `images` are repositories on the host, such as `team/auth`. */
export interface RetagRequest {
  readonly host: string;
  /** Where versions are claimed by whoever else gives some; without, two at once can both find a tag free. */
  readonly claims?: Claims;
  readonly images: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
}

/**
 * `taken`: the tag is there with another digest. `held back`: could be tagged, but another image could not. `failed` with a digest:
 * it was tried, and may have happened; without, the image could not even be looked at.
 */
export const RETAG_OUTCOMES = [
  'tagged',
  'already there',
  'would be tagged',
  'held back',
  'missing',
  'taken',
  'failed',
] as const;

export type RetagOutcome = (typeof RETAG_OUTCOMES)[number];

export interface RetaggedImage {
  readonly image: string;
  readonly outcome: RetagOutcome;
  readonly digest?: string;
  /** Why it was not tagged, for people. */
  readonly why?: string;
}

/** An image that may be tagged, with what has to be put; or the answer, if nothing has to be. */
type Checked = RetaggedImage | { readonly image: string; readonly name: RepositoryName; readonly manifest: Manifest };

const IMAGES_AT_ONCE = 16;

/** What a claim of ours says instead of a run. */
const BY_HAND = 'pipeline tag';

/** Checks all images, claims the tag for all, then tags all or none. `onDone` is called for each image that is settled. */
export async function retag(
  request: RetagRequest,
  registry: ImageRegistry,
  onDone: () => void = () => undefined,
): Promise<readonly RetaggedImage[]> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const checked = await Promise.all(
    request.images.map((image) => limit(() => check(image, request, registry).catch((error) => failed(image, error)))),
  );
  const claimed = isBlocked(checked) || request.dryRun ? checked : await claimAll(checked, request, limit);
  const blocked = isBlocked(claimed);
  return Promise.all(
    claimed.map((each) =>
      limit(async () => {
        const settled = 'outcome' in each ? each : await settle(each, request, blocked, registry);
        onDone();
        return settled;
      }),
    ),
  );
}

function isBlocked(checked: readonly Checked[]): boolean {
  return checked.some((each) => 'outcome' in each && each.outcome !== 'already there');
}

/** A claim that another holds makes the image one whose tag is taken. */
async function claimAll(
  checked: readonly Checked[],
  { host, to, claims }: RetagRequest,
  limit: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<readonly Checked[]> {
  if (claims === undefined) return checked;
  const claim = async (each: Checked): Promise<Checked> => {
    if ('outcome' in each) return each;
    const { digest } = each.manifest;
    const standing = await claims.claim({ image: `${host}/${each.image}`, version: to, digest, run: BY_HAND });
    return standing.digest === digest ? each : claimedBy(standing, each.image, digest);
  };
  return Promise.all(checked.map((each) => limit(() => claim(each).catch((error) => failed(each.image, error)))));
}

function claimedBy(standing: Claim, image: string, digest: string): RetaggedImage {
  const why = `${standing.version} is claimed for ${standing.digest} by ${standing.run}; a version is given once`;
  return { image, outcome: 'taken', digest, why };
}

async function check(
  image: string,
  { host, from, to, claims }: RetagRequest,
  registry: ImageRegistry,
): Promise<Checked> {
  const name = { host, repository: image };
  const manifest = await registry.get(name, from);
  if (manifest === undefined) return { image, outcome: 'missing', why: `${host}/${image} has no ${from}` };
  const { digest } = manifest;
  const there = await registry.head(name, to);
  if (there === undefined) {
    const standing = await claims?.find(`${host}/${image}`, to);
    const isFree = standing === undefined || standing.digest === digest;
    return isFree ? { image, name, manifest } : claimedBy(standing, image, digest);
  }
  if (there === digest) return { image, outcome: 'already there', digest };
  return {
    image,
    outcome: 'taken',
    digest,
    why: `${to} is ${there}, and ${from} is ${digest}; a version is given once`,
  };
}

async function settle(
  { image, name, manifest }: { readonly image: string; readonly name: RepositoryName; readonly manifest: Manifest },
  { to, dryRun }: RetagRequest,
  blocked: boolean,
  registry: ImageRegistry,
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
  return { image, outcome: 'failed', why: messageOf(error) };
}
