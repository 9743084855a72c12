/** Puts services whose images others are built from into earlier stages, because the jobs of a stage run at the same time. */
import type { ServiceInputs } from '../input-digest/inputs';

/** The stages of a catalog, the first one first; none if no service is built from another. */
export interface ImageStages {
  readonly names: readonly string[];
  /** The stage of each service that is not in the last one. */
  readonly earlier: ReadonlyMap<string, string>;
}

/** Returns the stages that the images need. No service is built from itself, not even by way of others. */
export function imageStages(inputs: ReadonlyMap<string, Pick<ServiceInputs, 'images'>>): ImageStages {
  const heights = new Map<string, number>();
  const raise = (name: string, height: number) => {
    if ((heights.get(name) ?? -1) >= height) return;
    heights.set(name, height);
    for (const base of inputs.get(name)?.images ?? []) raise(base, height + 1);
  };
  for (const name of inputs.keys()) raise(name, 0);
  const highest = Math.max(0, ...heights.values());
  if (highest === 0) return { names: [], earlier: new Map() };
  const nameOf = (height: number) => (height === 1 ? 'bases' : `bases_${height}`);
  const earlier = [...heights].filter(([, height]) => height > 0).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    names: [...Array.from({ length: highest }, (_, at) => nameOf(highest - at)), 'services'],
    earlier: new Map(earlier.map(([name, height]) => [name, nameOf(height)])),
  };
}
