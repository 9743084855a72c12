/** Gives images a further tag by hand, as the release step does it for a run: by manifest, all or none, never another digest. */
import pLimit from 'p-limit';
import { messageOf } from '../../core/errors';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports';

/** What shall be tagged. `images` are repositories on the host, such as `team/auth`. */
export interface RetagRequest {
  readonly host: string;
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

/** Checks all images, then tags all or none. `onDone` is called for each image that is settled. */
export async function retag(
  request: RetagRequest,
  registry: ImageRegistry,
  onDone: () => void = () => undefined,
): Promise<readonly RetaggedImage[]> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const checked = await Promise.all(
    request.images.map((image) => limit(() => check(image, request, registry).catch((error) => failed(image, error)))),
  );
  const blocked = checked.some((each) => 'outcome' in each && each.outcome !== 'already there');
  return Promise.all(
    checked.map((each) =>
      limit(async () => {
        const settled = 'outcome' in each ? each : await settle(each, request, blocked, registry);
        onDone();
        return settled;
      }),
    ),
  );
}

async function check(image: string, { host, from, to }: RetagRequest, registry: ImageRegistry): Promise<Checked> {
  const name = { host, repository: image };
  const manifest = await registry.get(name, from);
  if (manifest === undefined) return { image, outcome: 'missing', why: `${host}/${image} has no ${from}` };
  const { digest } = manifest;
  const there = await registry.head(name, to);
  if (there === undefined) return { image, name, manifest };
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
