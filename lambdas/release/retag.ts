/** Gives images a further tag by hand, as the release step does it for a run: by manifest, all or none, never another digest. */
import pLimit from 'p-limit';
import { messageOf } from '../../core/errors';
import type { Claim, Claims, ImageRegistry, Manifest, RepositoryName } from '../../core/ports';

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
