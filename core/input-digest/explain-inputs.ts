/** The differences between the inputs of two builds. They explain a decision that the digests have made. */
import type { Reason } from '../contract/plan';
import { type Discovery, type DiscoveryArguments, discoverInputs } from './discover-inputs';
import type { InputFile, RecipePart, ServiceInputs } from './inputs';
import { indexTree } from './tree-index';
import { touchedBy } from './watch';

/** The part of a service's inputs that is stored as JSON, to explain a later difference. */
export interface StoredInputs {
  readonly service: string;
  readonly inputDigest: string;
  readonly files: readonly InputFile[];
  readonly emptyFolders: readonly string[];
  readonly recipe: readonly RecipePart[];
}

/** Returns the part of the inputs that is stored. */
export function toStored({ service, inputDigest, files, emptyFolders, recipe }: ServiceInputs): StoredInputs {
  return { service, inputDigest, files, emptyFolders, recipe };
}

/** Returns the inputs as the recipe of the stored ones counts them, so that both can be compared part by part. */
export function asRecordedBy({ recipe }: StoredInputs, now: ServiceInputs): StoredInputs {
  const { former } = now;
  const isFormer = former !== undefined && versionOf(former.recipe) === versionOf(recipe);
  return isFormer ? { ...toStored(now), ...former } : toStored(now);
}

function versionOf(recipe: readonly RecipePart[]): string | undefined {
  return recipe.find(({ name }) => name === 'recipe')?.value;
}

/** Returns every difference: files, empty folders, recipe, each group sorted. It is empty if the inputs are equal. */
export function explainDifference(before: StoredInputs, after: StoredInputs): Reason[] {
  return [
    ...fileReasons(before.files, after.files),
    ...folderReasons(before.emptyFolders, after.emptyFolders),
    ...recipeReasons(before.recipe, after.recipe),
  ];
}

/** Any content that is no file's. */
const WRITTEN_ID = '0'.repeat(40);

/**
 * Returns the services whose inputs a commit changes that writes these files, each with those of the files that its build reads. The files may be
 * missing in the tree. `found` is what `discovery` gave.
 */
export function readersOf(
  paths: readonly string[],
  discovery: DiscoveryArguments,
  found: Pick<Discovery, 'inputs' | 'watches'>,
): ReadonlyMap<string, readonly string[]> {
  const { catalog, tree, ownImages = new Map() } = discovery;
  const isTouched = touchedBy(paths.map((path) => ({ path })));
  // A service that is built from another one's image is discovered only beside it.
  const services = catalog.services.filter(
    ({ name }) => ownImages.size > 0 || isTouched(found.watches.get(name) ?? 'everything'),
  );
  if (services.length === 0) return new Map();
  const written = paths.map((path) => ({ path, mode: '100644', id: WRITTEN_ID }) as const);
  const others = tree.entries.filter(({ path }) => !paths.includes(path));
  const after = discoverInputs({
    ...discovery,
    catalog: { ...catalog, services },
    tree: indexTree([...others, ...written]),
  });
  const changed = [...after.inputs.values()].flatMap((now) => {
    const before = found.inputs.get(now.service);
    return before === undefined || before.inputDigest === now.inputDigest ? [] : [{ before, now }];
  });
  return new Map(
    changed.map(({ before, now }) => {
      const reasons = explainDifference(before, now);
      return [now.service, reasons.flatMap(({ path }) => path ?? [])];
    }),
  );
}

/** Walks through both lists at once, which are sorted by path. */
function fileReasons(before: readonly InputFile[], after: readonly InputFile[]): readonly Reason[] {
  const reasons: Reason[] = [];
  for (let old = 0, now = 0; old < before.length || now < after.length; ) {
    const order = pathOrder(before[old], after[now]);
    const was = order <= 0 ? before[old++] : undefined;
    const is = order >= 0 ? after[now++] : undefined;
    const change = fileChange(was, is);
    const file = is ?? was;
    if (change === undefined || file === undefined) continue;
    reasons.push({ kind: 'input-changed', path: file.path, text: `${change}, read by ${file.rule}` });
  }
  return reasons;
}

/** Returns below 0 if the first file comes first, above 0 if the second does. The end of a list comes last. */
function pathOrder(one: InputFile | undefined, other: InputFile | undefined): number {
  if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

function fileChange(before: InputFile | undefined, after: InputFile | undefined): string | undefined {
  if (before === undefined) return 'added';
  if (after === undefined) return 'removed';
  if (before.id !== after.id)
    return before.mode === after.mode ? 'changed' : `changed, mode ${before.mode} to ${after.mode}`;
  return before.mode === after.mode ? undefined : `mode ${before.mode} to ${after.mode}`;
}

function folderReasons(before: readonly string[], after: readonly string[]): readonly Reason[] {
  const paths = [...new Set([...before, ...after])].sort();
  return paths
    .filter((path) => before.includes(path) !== after.includes(path))
    .map((path) => ({
      kind: 'input-changed',
      path,
      text: `folder ${before.includes(path) ? 'removed' : 'added'}, sent to the build without its ignored files`,
    }));
}

/** Two instructions can make the same image: a digest that tells them apart is wider than it has to be. */
const AS_WRITTEN = '; the instructions of its stages count as written, even if the image would stay the same';

function recipeReasons(before: readonly RecipePart[], after: readonly RecipePart[]): readonly Reason[] {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  const now = new Map(after.map(({ name, value }) => [name, value]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const was = old.get(name);
    const is = now.get(name);
    if (was === is) return [];
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [{ kind: 'recipe-changed', text: `${name} ${change}${name === 'dockerfile' ? AS_WRITTEN : ''}` }];
  });
}
