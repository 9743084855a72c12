/** Pipelines of one app that would release into the same repositories. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OWN_REGISTRY } from '../core/settings/registry/names';
import type { PipelineProps } from './pipeline';

/** The repositories of the pipelines of an app, by its root. */
const known = new WeakMap<object, Map<Construct, ReadonlySet<string>>>();

/** The most repositories that an error lists. */
const LISTED = 5;

/**
 * Lets the synthesis fail if another pipeline of the app releases images into the same repositories. Each claims versions in a table of its own,
 * so that both could give the same version.
 */
export function refuseSharedRepositories(pipeline: Construct, { settings, images }: PipelineProps): void {
  const { host, namespace } = settings.releases;
  const { account, region } = Stack.of(pipeline);
  const place = host === OWN_REGISTRY ? `${account}.dkr.ecr.${region}` : host;
  const own = new Set(images.map((image) => `${place}/${namespace}/${image}`));
  const { root } = pipeline.node;
  const all = known.get(root) ?? new Map<Construct, ReadonlySet<string>>();
  known.set(root, all.set(pipeline, own));
  pipeline.node.addValidation({
    validate: () =>
      [...all].flatMap(([other, repositories]) => {
        const shared = other === pipeline ? [] : [...own].filter((repository) => repositories.has(repository));
        if (shared.length === 0) return [];
        const more = shared.length > LISTED ? ` and ${shared.length - LISTED} more` : '';
        return `${other.node.path} releases into ${shared.slice(0, LISTED).join(', ')}${more}, too, and both could give the same version; give one of the pipelines another releases.namespace`;
      }),
  });
}
