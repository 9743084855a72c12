/** `pipeline tag`: the release step's retag, by hand. */
import { systemClock } from '../adapters/clock';
import { createDiskClaims } from '../adapters/disk/disk-claims';
import { dockerConfigCredentials } from '../adapters/registry/docker-config-credentials';
import { createOciRegistry, type RegistryPatience } from '../adapters/registry/oci-registry';
import { InvalidInputError, type Problem } from '../core/errors';
import { isDigest, isHost, isRepository, isTag } from '../core/image/grammar';
import type { Claims } from '../core/ports';
import { type RetaggedImage, type RetagOutcome, retag } from '../lambdas/release/retag';
import { homePaths, readLocalSettings } from '../local/home';
import { countLine, type Output, printLine, table } from './print';

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
    credentials: dockerConfigCredentials(),
    clock: systemClock,
    allowLoopback: true,
    ...TAG_PATIENCE,
  });
  const progress = countLine(output, 'images');
  let done = 0;
  const retagged = await retag({ host, images, from, to, dryRun, ...claims }, registry, () => {
    done += 1;
    progress.update(done, images.length);
  });
  progress.end();
  if (options.json) printLine(results, JSON.stringify({ host, from, to, dryRun, images: retagged }));
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
