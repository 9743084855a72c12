/** Hubs: folders and files outside of services' own folders whose changes make several images build. */
import type { Service } from '../catalog/model';

/** What made one service build in one push. Undefined for a service that was not there before. */
export interface Causes {
  /** Changed inputs. */
  readonly paths: readonly string[];
  /** Services whose images it is made from: their causes are its own. */
  readonly images: readonly string[];
  /** True if something that is no file changed, too. */
  readonly hasOther: boolean;
}

export interface HotSpot {
  readonly path: string;
  readonly kind: 'folder' | 'file';
  /** Pushes that changed it. */
  readonly pushes: number;
  /** Builds that it had a part in. */
  readonly builds: number;
  /** Different services among them. */
  readonly services: number;
  /** Builds that had no other cause: what would not have been built if images did not contain it. */
  readonly buildsSaved: number;
  /** All builds of the replay less those. */
  readonly buildsWithout: number;
}

interface Count {
  readonly kind: HotSpot['kind'];
  readonly services: Set<string>;
  pushes: number;
  builds: number;
  saved: number;
}

/** Counts, push by push. */
export class HotSpotLedger {
  private readonly counts = new Map<string, Count>();

  /** The services that one push made build, and why. */
  add(built: readonly Service[], causesOf: (service: Service) => Causes | undefined): void {
    const causes = new Map(built.map((service) => [service.name, causesOf(service)]));
    const touched = new Set<string>();
    for (const service of built) {
      const own = causes.get(service.name);
      if (own === undefined) continue;
      const paths = [...new Set(allPaths(service.name, causes))];
      const places = placesOf(paths, service);
      for (const [place, inside] of places) {
        touched.add(place);
        const count = this.countOf(place, paths.includes(place) ? 'file' : 'folder');
        count.builds += 1;
        count.services.add(service.name);
        if (inside === paths.length && !own.hasOther) count.saved += 1;
      }
    }
    for (const place of touched) this.countOf(place, 'folder').pushes += 1;
  }

  /** Shared ones only, most builds first. Of a folder and the only folder in it that ever changes, the inner one stands for both. */
  hubs(allBuilds: number): readonly HotSpot[] {
    const shared = [...this.counts].filter(([, { services }]) => services.size > 1);
    const inner = new Map(
      shared
        .filter(([, { kind }]) => kind === 'folder')
        .map(([path, { builds, pushes }]) => [`${parentOf(path)} ${builds} ${pushes}`, path]),
    );
    return shared
      .filter(([path, { kind, builds, pushes }]) => kind === 'file' || !inner.has(`${path} ${builds} ${pushes}`))
      .map(([path, { kind, pushes, builds, services, saved }]) => ({
        path,
        kind,
        pushes,
        builds,
        services: services.size,
        buildsSaved: saved,
        buildsWithout: allBuilds - saved,
      }))
      .sort((a, b) => b.builds - a.builds || b.buildsSaved - a.buildsSaved || (a.path < b.path ? -1 : 1));
  }

  private countOf(place: string, kind: HotSpot['kind']): Count {
    const known = this.counts.get(place);
    if (known !== undefined) return known;
    const count: Count = { kind, services: new Set(), pushes: 0, builds: 0, saved: 0 };
    this.counts.set(place, count);
    return count;
  }
}

function allPaths(name: string, causes: ReadonlyMap<string, Causes | undefined>): readonly string[] {
  const found = causes.get(name);
  return found === undefined ? [] : [...found.paths, ...found.images.flatMap((image) => allPaths(image, causes))];
}

/** Every changed file outside of the service's own folder, every folder above it that does not hold the service, with how many changed files are in it. */
function placesOf(paths: readonly string[], { path: own }: Service): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const path of paths) {
    if (own === '' || path.startsWith(`${own}/`)) continue;
    for (let place = path; place !== ''; place = parentOf(place)) {
      if (own !== place && !own.startsWith(`${place}/`)) places.set(place, (places.get(place) ?? 0) + 1);
    }
  }
  return places;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
