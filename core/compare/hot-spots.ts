/** Hot spots of shared paths: folders and files outside of the services' folders whose changes make several images build. */
import type { Service } from '../catalog/model';
import { machineOf } from '../contract/job';
import { buildCost, type MachineMinutes, REFERENCE_REGION } from '../estimate/price';

/** The causes of one service's build in one push. */
export interface Causes {
  /** The changed inputs. */
  readonly paths: readonly string[];
  /** The services whose images it is built from. Their causes are its causes, too. */
  readonly images: readonly string[];
  /** True if something that is not a file changed, too. */
  readonly hasOther: boolean;
}

/** A shared folder or file. */
export interface HotSpot {
  readonly path: string;
  readonly kind: 'folder' | 'file';
  /** The number of pushes that changed it. */
  readonly pushes: number;
  /** The number of builds with it among the causes. */
  readonly builds: number;
  /** The number of different services among the builds. */
  readonly services: number;
  /** The number of builds without another cause. */
  readonly buildsSaved: number;
  /** The minutes of those builds by the catalog, and their US dollars at the prices of `us-east-1`; null if a price is not known. */
  readonly minutesSaved: number;
  readonly costSaved: number | null;
  /** The number of all builds of the replay minus `buildsSaved`. */
  readonly buildsWithout: number;
}

interface Count {
  readonly kind: HotSpot['kind'];
  readonly services: Set<string>;
  pushes: number;
  builds: number;
  /** The builds without another cause. */
  readonly saved: MachineMinutes[];
}

/** Counts the causes of builds, push by push. */
export class HotSpotLedger {
  private readonly counts = new Map<string, Count>();

  /** Adds a push with the services that it made build. A service that is new has no causes. */
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
        if (inside === paths.length && !own.hasOther) {
          count.saved.push({ minutes: service.minutes, machine: machineOf(service) });
        }
      }
    }
    for (const place of touched) this.countOf(place, 'folder').pushes += 1;
  }

  /** Returns the paths that several services share, most builds first. If a folder always changes with one inner folder, only that is listed. */
  list(allBuilds: number): readonly HotSpot[] {
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
        buildsSaved: saved.length,
        minutesSaved: saved.reduce((sum, { minutes }) => sum + minutes, 0),
        costSaved: buildCost(saved, REFERENCE_REGION).cost,
        buildsWithout: allBuilds - saved.length,
      }))
      .sort((a, b) => b.builds - a.builds || b.buildsSaved - a.buildsSaved || (a.path < b.path ? -1 : 1));
  }

  private countOf(place: string, kind: HotSpot['kind']): Count {
    const known = this.counts.get(place);
    if (known !== undefined) return known;
    const count: Count = { kind, services: new Set(), pushes: 0, builds: 0, saved: [] };
    this.counts.set(place, count);
    return count;
  }
}

function allPaths(name: string, causes: ReadonlyMap<string, Causes | undefined>): readonly string[] {
  const found = causes.get(name);
  return found === undefined ? [] : [...found.paths, ...found.images.flatMap((image) => allPaths(image, causes))];
}

/**
 * Returns the number of changed files by path. Paths are those of changed files outside of the service's folder, and of the folders above
 * them that do not contain the service.
 */
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
