/** Tries the registry of an environment without writing: role, login, way there, and repositories. */
import { messageOf } from '../../core/contract/errors';
import type { ProbeRequest, ProbeResult, RecordedImage } from '../../core/contract/release';
import type { ImageRegistry } from '../../core/ports/registry';
import { environmentNamed } from '../../core/settings/environment';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { EnvironmentRegistry } from '../../core/settings/registry/registry-schema';
import type { Settings } from '../../core/settings/schema';

/** Looks an image up in the registry, as a delivery begins. Throws the registry's error. */
export async function refuseUnusable(
  target: EnvironmentRegistry,
  image: string,
  registry: Pick<ImageRegistry, 'head'>,
): Promise<void> {
  await registry.head(repositoryIn(target, image), 'latest');
}

/** Returns what keeps the images from being put into the registry of the environment, as far as looks tell. Never throws an error of the registry. */
export async function probeRegistry(
  { environment, images, recorded }: ProbeRequest,
  { settings, registry }: { readonly settings: Settings; readonly registry: ImageRegistry },
): Promise<ProbeResult> {
  const target = environmentNamed(settings, environment).registry;
  const [first] = images;
  if (target === undefined || first === undefined) return { problems: [] };
  try {
    await refuseUnusable(target, first, registry);
    const missing = await missingProblems(recorded, target, environment, registry);
    if (target.arrives === 'replication') return { problems: missing };
    const reasons = await Promise.all(images.map((image) => registry.whyNotWritable?.(repositoryIn(target, image))));
    return { problems: [...reasons.filter((reason) => reason !== undefined), ...missing] };
  } catch (error) {
    return { problems: [messageOf(error)] };
  }
}

/** The most images that a problem lists. */
const LISTED = 5;

/** An environment that got its registry later lacks what runs there, until it is filled. */
async function missingProblems(
  recorded: readonly RecordedImage[],
  target: EnvironmentRegistry,
  environment: string,
  registry: Pick<ImageRegistry, 'head'>,
): Promise<readonly string[]> {
  const looks = recorded.map(async (each) => {
    const found = await registry.head(repositoryIn(target, each.image), each.version);
    return found === each.digest ? [] : [`${each.image}:${each.version}`];
  });
  const missing = (await Promise.all(looks)).flat();
  if (missing.length === 0) return [];
  const more = missing.length > LISTED ? ` and ${missing.length - LISTED} more` : '';
  const version = recorded.find((each) => missing.includes(`${each.image}:${each.version}`))?.version;
  return [
    `${missing.length} of ${recorded.length} images that the version lock of ${environment} names are not in ${target.host}/${target.namespace}: ${missing.slice(0, LISTED).join(', ')}${more}; fill it by a rollback to what it has: npx pipeline start rollback --environment ${environment} --version ${version}`,
  ];
}
