/** Small repositories for tests of input discovery: a tree with its texts, services with defaults, one call to discover. */
import { createHash } from 'node:crypto';
import type { Catalog, Module, Service } from '../../../core/catalog/model';
import { type Discovery, discoverInputs } from '../../../core/input-digest/discover-inputs';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import type { TreeEntry, TreeMode } from '../../../core/ports/git';

/** Contents by path; a string is a plain file. */
export type Files = Readonly<Record<string, string | SpecialFile>>;

export interface SpecialFile {
  readonly mode: TreeMode;
  /** Content, target of a link, or anything that stands for a submodule's commit. */
  readonly text: string;
}

/** A symlink. */
export function link(target: string): SpecialFile {
  return { mode: '120000', text: target };
}

/** git's id of a blob. */
export function blobId(text: string): string {
  const body = Buffer.from(text);
  return createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex');
}

/** The entries of a tree, in the order given. */
export function treeOf(files: Files): readonly TreeEntry[] {
  return Object.entries(files).map(([path, file]) => {
    const { mode, text } = special(file);
    return { path, mode, id: blobId(text) };
  });
}

/** The contents of a tree by blob id. */
export function textsOf(files: Files): ReadonlyMap<string, Buffer> {
  return new Map(
    Object.values(files).map((file) => [blobId(special(file).text), Buffer.from(special(file).text)] as const),
  );
}

function special(file: string | SpecialFile): SpecialFile {
  return typeof file === 'string' ? { mode: '100644', text: file } : file;
}

/** A service with defaults: context at the root, `Dockerfile` there. */
export function serviceOf(given: Partial<Service> = {}): Service {
  return {
    name: 'app',
    image: given.name ?? 'app',
    path: '',
    dockerfile: 'Dockerfile',
    context: '',
    buildArgs: {},
    platforms: [],
    stage: 'build',
    priority: 5,
    minutes: 5,
    dependencies: [],
    values: [],
    versioning: 'platform',
    retagOnly: false,
    ...given,
  };
}

/** A catalog of these services, sorted by name as a parsed one is. */
export function catalogOf(services: readonly Service[], modules: readonly Module[] = []): Catalog {
  return {
    platformVersion: 'v1.0.0',
    stages: [{ name: 'build', title: 'Build', needs: [] }],
    modules,
    services: [...services].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

export interface Repository {
  readonly files: Files;
  readonly services?: readonly Partial<Service>[];
  readonly modules?: readonly Module[];
  readonly ownImages?: ReadonlyMap<string, string>;
  readonly recipeVersion?: string;
}

/** Discovers the inputs of every service; one service with defaults if none is given. */
export function discover(repository: Repository): Discovery {
  const { files, services = [{}], modules, ownImages = new Map(), recipeVersion = '1' } = repository;
  const catalog = catalogOf(services.map(serviceOf), modules);
  return discoverInputs({ catalog, tree: indexTree(treeOf(files)), texts: textsOf(files), recipeVersion, ownImages });
}

/** The inputs of the one service `app`. Throws if it has problems. */
export function inputsOf(files: Files, service: Partial<Service> = {}): ServiceInputs {
  const { inputs, problems } = discover({ files, services: [service] });
  const found = inputs.get(service.name ?? 'app');
  if (found === undefined) throw new Error(`no inputs: ${JSON.stringify(problems)}`);
  return found;
}

/** Paths of the files that a Dockerfile at the root reads, in a tree of these files. */
export function pathsRead(dockerfile: string, files: Files = {}, service: Partial<Service> = {}): readonly string[] {
  return inputsOf({ Dockerfile: dockerfile, ...files }, service).files.map(({ path }) => path);
}
