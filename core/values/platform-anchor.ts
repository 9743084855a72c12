/** The platform anchor: the one value of a values file (`tag: &tag v1.3.0`) that most services follow by alias. */
import type { Leaf } from './scan-leaves';
import type { AnchorGroup, ValuesIndex } from './values-index';

const USUAL_NAME = 'tag';

/**
 * The anchor named `tag`, else the one that most of the platform services' tags follow: more than half of them, or at least two if it is
 * defined apart from any service. Undefined if the file has none, so that every service has a tag of its own.
 */
export function platformAnchor(index: ValuesIndex, platformTags: readonly Leaf[]): AnchorGroup | undefined {
  const usual = index.groups.filter((group) => group.name === USUAL_NAME);
  if (usual.length > 0) return usual[0];
  const tags = new Set(platformTags);
  const counted = index.groups.map((group) => ({
    group,
    count: [group.definition, ...group.aliases].filter((leaf) => tags.has(leaf)).length,
  }));
  const most = counted.reduce<(typeof counted)[number] | undefined>(
    (best, each) => (best === undefined || each.count > best.count ? each : best),
    undefined,
  );
  if (most === undefined) return undefined;
  const isApart = !tags.has(most.group.definition) && most.count >= 2;
  return isApart || most.count * 2 > tags.size ? most.group : undefined;
}
