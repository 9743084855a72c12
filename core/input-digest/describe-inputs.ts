/** The inputs of one service, and their digest. */
import { hash } from 'node:crypto';
import type { Module, Service } from '../catalog/model';
import { FORMER_RECIPES } from '../contract/job-environment';
import type { Reason } from '../contract/plan';
import { type ContextRead, type Evaluation, everything } from '../dockerfile/evaluate/evaluate-stage';
import { repositoryOf } from '../dockerfile/evaluate/stages';
import { findUnusedKeys } from '../dockerfile/evaluate/unused-keys';
import { atLine } from '../dockerfile/instruction';
import type { BuildFiles } from './build-files';
import { folderSlice, type InputSlice, inputDigestOf, touches } from './input-digest';
import type { FormerInputs, InputFile, InputSource, RecipePart, ServiceInputs } from './inputs';
import { sourceBudget } from './resolve-source';
import { findSecretMounts, secretRecipe } from './secrets/secret-mounts';
import { eachPosition, joinPath, type TreeIndex, type TreeRange } from './tree-index';
import { findUnpinnedInputs } from './unpinned-inputs';

export interface InputParts {
  readonly service: Service;
  readonly files: BuildFiles;
  readonly evaluation: Evaluation;
  /** The services whose images are used. */
  readonly images: readonly ServiceInputs[];
  /** The modules that the service declares, in the order of the catalog. */
  readonly declared: readonly DeclaredModule[];
  readonly tree: TreeIndex;
  readonly recipeVersion: string;
}

/** A module of the catalog, and the files in its folder. */
export interface DeclaredModule extends Module {
  readonly range: TreeRange;
}

/** A slice, and the instruction or declaration that takes it. */
export interface RuledSlice {
  readonly slice: InputSlice;
  readonly rule: string;
  /** The line of the instruction. */
  readonly line?: number;
}

/**
 * Returns the inputs of one service. The Dockerfile counts by the instructions of the stages that are built, and the ignore file by the files
 * that reach the build: a changed comment in either builds nothing. Paths count relative to the context, so that a service that moves as a whole
 * keeps its digest.
 */
export function describeInputs(parts: InputParts): ServiceInputs {
  const { service, files, evaluation, tree } = parts;
  const doubts = evaluation.doubts.map(({ line, text }) => doubt(service, line, text));
  const visible: RuledSlice[] = [];
  const budget = sourceBudget();
  for (const read of [...evaluation.reads, ...uncertainContexts(files, evaluation)]) {
    const sources = (read.context === undefined ? undefined : files.named.get(read.context)) ?? files.sources;
    const found = atLine(read.line, () => sources.resolve(read, budget));
    visible.push(
      ...found.slices.map((slice) => ({ slice: inContext(slice, read.context), rule: read.rule, line: read.line })),
    );
    doubts.push(...[...new Set(found.doubts)].map((text) => doubt(service, undefined, `${read.rule}: ${text}`)));
  }
  const declared = declaredSlices(parts, visible);
  const slices = [...visible, ...declared.slices];
  doubts.push(...declared.missing.map((text) => doubt(service, undefined, text)));
  const { images, recipeVersion } = parts;
  const { dockerfileId } = files;
  const { inputDigest, recipe } = countInputs(slices, {
    service,
    dockerfile: effectId(evaluation) ?? dockerfileId,
    images: images.map((image) => [image.service, image.inputDigest]),
    disputed: slices.filter(({ slice }) => slice.disputed.length > 0),
    version: recipeVersion,
  });
  return Object.assign(new LazyInputs(tree, slices, { service, dockerfileId, images, recipeVersion }), {
    service: service.name,
    inputDigest,
    dockerfileId,
    emptyFolders: emptyFoldersOf(service, slices),
    recipe,
    images: [...evaluation.services].sort(),
    bases: [...new Set(evaluation.bases.map(({ name }) => name))].sort(),
    doubts,
    secretMounts: findSecretMounts(evaluation.instructions),
    impurities: findUnpinnedInputs(evaluation.instructions, evaluation.bases),
    unused:
      files.dockerfile.kind === 'parsed'
        ? findUnusedKeys(service, files.dockerfile.dockerfile, evaluation.instructions)
        : [],
  });
}

/** The names by which Docker knows an image of Docker Hub besides its short one. */
const HUB = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/;

/**
 * Returns reads of whole contexts: of those that a stage names in another spelling (`shared:latest` means `shared`, too), and of all if an
 * instruction may read anything.
 */
function uncertainContexts({ named }: BuildFiles, { reads, bases }: Evaluation): readonly ContextRead[] {
  const isCertain = !reads.some(({ kind }) => kind === 'everything');
  const images = new Set(bases.map(({ name }) => repositoryOf(name).replace(HUB, '')));
  return [...named.keys()]
    .filter((context) => !isCertain || images.has(context))
    .map((context) => ({ ...everything(1), rule: `context ${context}, in doubt`, context }));
}

/** Returns the slice with the name of its context in the record: equal files of two contexts can be swapped. */
function inContext(slice: InputSlice, context: string | undefined): InputSlice {
  return context === undefined ? slice : { ...slice, record: ['context', context, ...slice.record] };
}

/** Returns a hash of what the Dockerfile does to the image; undefined if every byte of it counts. */
function effectId({ effects }: Evaluation): string | undefined {
  return effects && hashOf(effects);
}

function hashOf(texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts)).slice(0, 40);
}

/** Whatever differs between recipes. */
interface CountedParts {
  readonly service: Service;
  /** What the Dockerfile counts by. */
  readonly dockerfile: string;
  /** Services whose images are used, with their input digests. */
  readonly images: readonly (readonly [service: string, inputDigest: string])[];
  /**
   * Slices with files that only some releases send. These count as read. That they are disputed counts, too: BuildKit takes them once the ignore
   * file no longer excludes them.
   */
  readonly disputed: readonly RuledSlice[];
  readonly version: string;
}

/** Returns the digest by any recipe. */
function countInputs(slices: readonly RuledSlice[], parts: CountedParts): FormerInputs {
  return countRecipe(recipeOf(parts), slices);
}

/** Returns the digest over the recipe and the slices. */
export function countRecipe(
  recipe: readonly RecipePart[],
  slices: readonly Pick<RuledSlice, 'slice'>[],
): Pick<ServiceInputs, 'inputDigest' | 'recipe'> {
  const records = recipe.map(({ name, value }) => ['recipe', name, value]);
  return { inputDigest: inputDigestOf([...records, ...slices.map(({ slice }) => slice.record)]), recipe };
}

/** What recipe 2 counts, where it differs from the present one: the bytes of the Dockerfile, and images by their former digests. */
interface FormerParts extends Pick<InputParts, 'service' | 'images' | 'recipeVersion'> {
  readonly dockerfileId: string;
}

/** Makes lists of files at each access. A getter of each object instead would slow down every access to the object's other properties. */
export class LazyInputs {
  readonly #tree: TreeIndex;
  readonly #slices: readonly RuledSlice[];
  readonly #formerParts: FormerParts | undefined;
  #former: FormerInputs | undefined;

  /** `formerParts` is undefined for inputs that no former recipe knows. */
  constructor(tree: TreeIndex, slices: readonly RuledSlice[], formerParts?: FormerParts) {
    this.#tree = tree;
    this.#slices = slices;
    this.#formerParts = formerParts;
  }

  get former(): FormerInputs | undefined {
    if (this.#formerParts === undefined) return undefined;
    const { service, dockerfileId, images, recipeVersion } = this.#formerParts;
    const version = FORMER_RECIPES[recipeVersion];
    // Recipe 2 does not see it if the ignore file alone changes for a disputed file.
    if (version === undefined || this.#slices.some(({ slice }) => slice.disputed.length > 0)) return undefined;
    this.#former ??= countInputs(this.#slices, {
      service,
      dockerfile: dockerfileId,
      images: images.map((image) => [image.service, image.former?.inputDigest ?? '']),
      disputed: [],
      version,
    });
    return this.#former;
  }

  get files(): readonly InputFile[] {
    return listFiles(this.#tree, this.#slices);
  }

  get sources(): readonly InputSource[] {
    return this.#slices.flatMap(({ slice, rule, line }) =>
      line === undefined ? [] : [{ line, rule, record: slice.record }],
    );
  }
}

/** Returns the slices of declared modules that the build does not name. Such a module counts in full. */
export function declaredSlices(
  { declared, tree }: Pick<InputParts, 'declared' | 'tree'>,
  visible: readonly RuledSlice[],
): { readonly slices: readonly RuledSlice[]; readonly missing: readonly string[] } {
  return {
    slices: declared
      .filter(({ range }) => range.start < range.end && !visible.some(({ slice }) => touches(slice, range)))
      .map(({ name, path, range }) => ({
        slice: folderSlice(tree, '', `declared ${path}`, { positions: range, emptyFolders: [], disputed: [] }),
        rule: `declared module ${name}`,
      })),
    missing: declared
      .filter(({ range }) => range.start === range.end)
      .map(({ name, path }) => `declared module ${name} has no files: there is no folder ${path}`),
  };
}

function recipeOf({ service, dockerfile, images, disputed, version }: CountedParts): readonly RecipePart[] {
  const disputes = disputed.map(({ slice }) => JSON.stringify([slice.record, slice.disputed]));
  const { buildArgs, target, test, platforms } = service;
  return [
    { name: 'dockerfile', value: dockerfile },
    ...Object.entries(buildArgs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name: `arg:${name}`, value })),
    ...secretRecipe(service),
    ...(target === undefined ? [] : [{ name: 'target', value: target }]),
    ...(test === undefined ? [] : [{ name: 'test', value: JSON.stringify(test) }]),
    ...[...new Set(platforms)].sort().map((platform) => ({ name: `platform:${platform}`, value: platform })),
    ...[...images].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name: `image:${name}`, value })),
    ...(disputes.length === 0 ? [] : [{ name: 'disputed files', value: hashOf([...new Set(disputes)].sort()) }]),
    { name: 'recipe', value: version },
  ];
}

function listFiles(tree: TreeIndex, slices: readonly RuledSlice[]): readonly InputFile[] {
  const rules = new Map<number, string>();
  for (const { slice, rule } of slices) {
    for (const position of eachPosition(slice.positions)) if (!rules.has(position)) rules.set(position, rule);
  }
  const files: InputFile[] = [];
  // A typed array sorts by number, without a function.
  for (const position of Uint32Array.from(rules.keys()).sort()) {
    const entry = tree.entries[position];
    const rule = rules.get(position);
    if (entry !== undefined && rule !== undefined)
      files.push({ path: entry.path, mode: entry.mode, id: entry.id, rule });
  }
  return files;
}

function emptyFoldersOf({ context }: Service, slices: readonly RuledSlice[]): readonly string[] {
  const folders = slices.flatMap(({ slice }) => slice.emptyFolders.map((folder) => joinPath(context, folder)));
  return [...new Set(folders)].sort();
}

function doubt({ dockerfile }: Service, line: number | undefined, text: string): Reason {
  return { kind: 'doubt', path: dockerfile, text: line === undefined ? text : `line ${line}: ${text}` };
}
