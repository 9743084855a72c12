/** Refuses a release that a limit of pulls would break off in the middle. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { tooFewPulls } from '../../core/image/pull-limit';
import type { ImageRegistry, RepositoryName } from '../../core/ports';
import type { SeenManifest } from './find-manifest';

/** `seen` has been looked at, by which the registry said how many pulls are left. Throws `RegistryError` if they are too few. */
export function checkPulls(
  seen: readonly { readonly from: RepositoryName; readonly manifest: SeenManifest }[],
  registry: ImageRegistry,
): void {
  const needed = new Map<string, number>();
  for (const { from, manifest } of seen) {
    if (manifest.kept === undefined) needed.set(from.host, (needed.get(from.host) ?? 0) + 1);
  }
  for (const [host, count] of needed) {
    const problem = tooFewPulls(host, count, registry.pullsLeft?.(host));
    if (problem !== undefined) {
      throw new PipelineError(ERROR_NAMES.registry, `${problem}; nothing was pulled and nothing written`);
    }
  }
}
