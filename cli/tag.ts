/** `pipeline tag`: the release step's retag, by hand. */
import { systemClock } from '../adapters/clock';
import { dockerConfigCredentials } from '../adapters/registry/docker-config-credentials';
import { createOciRegistry, type RegistryPatience } from '../adapters/registry/oci-registry';
import { InvalidInputError, type Problem } from '../core/errors';
import { isDigest, isHost, isRepository, isTag } from '../core/image/grammar';
import { type RetaggedImage, retag } from '../lambdas/release/retag';
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
  const registry = createOciRegistry({
    credentials: dockerConfigCredentials(),
    clock: systemClock,
    allowLoopback: true,
    ...TAG_PATIENCE,
  });
  const progress = countLine(output, 'images');
  let done = 0;
  const retagged = await retag({ host, images, from, to, dryRun }, registry, () => {
    done += 1;
    progress.update(done, images.length);
  });
  progress.end();
  if (options.json) printLine(results, JSON.stringify({ host, from, to, dryRun, images: retagged }));
  else printLine(results, tagTable(retagged));
  const good = retagged.every(({ why }) => why === undefined);
  if (!good)
    printLine(output, 'no image was given the tag, or not all; nothing was overwritten. Run it again after mending.');
  return good ? 0 : 1;
}

function tagTable(images: readonly RetaggedImage[]): string {
  const rows = images.map(({ image, outcome, digest, why }) => [image, outcome, digest?.slice(0, 19) ?? '', why ?? '']);
  return table(['image', 'outcome', 'digest', 'why'], rows);
}

function checkNames(images: readonly string[], { registry, from, to }: TagOptions): void {
  const problems: Problem[] = images
    .filter((image, index) => !isRepository(image) || images.indexOf(image) !== index)
    .map((image) => ({
      path: image.slice(0, 80),
      message: 'is no repository name such as team/auth, or is given twice',
    }));
  if (!isHost(registry))
    problems.push({ path: '--registry', message: `is ${registry.slice(0, 80)}; write a host such as localhost:5000` });
  if (!isTag(from) && !isDigest(from))
    problems.push({ path: '--from', message: 'is no tag (at most 128 of A-Z a-z 0-9 _ . -) and no digest' });
  if (!isTag(to)) problems.push({ path: '--to', message: 'is no tag (at most 128 of A-Z a-z 0-9 _ . -)' });
  if (problems.length > 0) throw new InvalidInputError('nothing can be tagged', problems);
}
