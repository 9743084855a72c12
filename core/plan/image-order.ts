/** An image that another one is built from must be built in an earlier stage: jobs of one stage run side by side. */
import type { Catalog } from '../catalog/catalog';
import type { Problem } from '../errors';
import type { ServiceInputs } from '../inputs/inputs';

/** A problem for each service whose base image of ours may not be there when it is built. */
export function imageOrderProblems(catalog: Catalog, inputs: ReadonlyMap<string, ServiceInputs>): readonly Problem[] {
  const stages = new Map(catalog.services.map((service) => [service.name, service.stage]));
  const before = stagesBefore(catalog);
  return catalog.services.flatMap(({ name, stage }) =>
    (inputs.get(name)?.images ?? []).flatMap((base): Problem[] => {
      const baseStage = stages.get(base) ?? '';
      if (before.get(stage)?.has(baseStage)) return [];
      const message = `is built from the image of ${base}, which is built in stage ${baseStage}; move ${base} to a stage that '${stage}' needs`;
      return [{ path: `services.${name}.stage`, message }];
    }),
  );
}

/** Every stage with all stages that are over when it starts. The catalog has no cycles. */
function stagesBefore({ stages }: Catalog): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  const found = new Map<string, ReadonlySet<string>>();
  const collect = (name: string): ReadonlySet<string> => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const direct = needs.get(name) ?? [];
    const all = new Set([...direct, ...direct.flatMap((each) => [...collect(each)])]);
    found.set(name, all);
    return all;
  };
  for (const { name } of stages) collect(name);
  return found;
}
