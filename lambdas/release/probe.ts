/** Tries the registry of an environment without writing: role, login, way there, and repositories. */
import { messageOf } from '../../core/contract/errors';
import type { ProbeRequest, ProbeResult } from '../../core/contract/release';
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
  { environment, images }: ProbeRequest,
  { settings, registry }: { readonly settings: Settings; readonly registry: ImageRegistry },
): Promise<ProbeResult> {
  const target = environmentNamed(settings, environment).registry;
  const [first] = images;
  if (target === undefined || first === undefined) return { problems: [] };
  try {
    await refuseUnusable(target, first, registry);
    if (target.arrives === 'replication') return { problems: [] };
    const reasons = await Promise.all(images.map((image) => registry.whyNotWritable?.(repositoryIn(target, image))));
    return { problems: reasons.filter((reason) => reason !== undefined) };
  } catch (error) {
    return { problems: [messageOf(error)] };
  }
}
