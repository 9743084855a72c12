/** Puts services whose images others are built from into earlier stages, because the jobs of a stage run at the same time. */
import { repositoryOf } from '../dockerfile/evaluate/stages';

interface OrderedService {
  readonly name: string;
  readonly image: string;
  /** The images in its Dockerfile. */
  readonly bases: readonly string[];
}

/** The stages of a catalog, the first one first; none if no service is built from another. */
export interface ImageStages {
  readonly names: readonly string[];
  /** The stage of each service that is not in the last one. */
  readonly earlier: ReadonlyMap<string, string>;
}

/** Returns the stages that the images need. Services that are built from each other need none, because no order helps. */
export function imageStages(services: readonly OrderedService[]): ImageStages {
  const owners = ownersOf(services);
  const heights = new Map(services.map(({ name }) => [name, 0]));
  for (let round = 0, grew = true; grew; round++) {
    if (round > services.length) return { names: [], earlier: new Map() };
    grew = false;
    for (const { name, bases } of services) {
      for (const base of bases.flatMap((each) => ownerOf(each, owners) ?? [])) {
        const height = (heights.get(name) ?? 0) + 1;
        if (base === name || (heights.get(base) ?? 0) >= height) continue;
        heights.set(base, height);
        grew = true;
      }
    }
  }
  const highest = Math.max(0, ...heights.values());
  if (highest === 0) return { names: [], earlier: new Map() };
  const nameOf = (height: number) => (height === 1 ? 'bases' : `bases_${height}`);
  const earlier = [...heights].filter(([, height]) => height > 0);
  return {
    names: [...Array.from({ length: highest }, (_, at) => nameOf(highest - at)), 'services'],
    earlier: new Map(earlier.map(([name, height]) => [name, nameOf(height)])),
  };
}

/** An image that its own service is built from is one of others: `nginx` is built `FROM nginx`. */
function ownersOf(services: readonly OrderedService[]): ReadonlyMap<string, string> {
  const own = services.filter(({ image, bases }) => !bases.some((base) => endsWith(repositoryOf(base), image)));
  return new Map(own.map(({ name, image }) => [image, name]));
}

function ownerOf(base: string, owners: ReadonlyMap<string, string>): string | undefined {
  const repository = repositoryOf(base);
  const image = [...owners.keys()].find((each) => endsWith(repository, each));
  return image === undefined ? undefined : owners.get(image);
}

function endsWith(repository: string, image: string): boolean {
  return repository === image || repository.endsWith(`/${image}`);
}
