/** The inputs of one service, and their digest. */
import type { Module, Service } from '../catalog/model';
import type { Reason } from '../contract/plan';
import type { Evaluation } from '../dockerfile/evaluate/evaluate-stage';
import { atLine } from '../dockerfile/instruction';
import type { BuildFiles } from './build-files';
import { folderSlice, type InputSlice, inputDigestOf, touches } from './input-digest';
import type { InputFile, InputSource, RecipePart, ServiceInputs } from './inputs';
import { sourceBudget } from './resolve-source';
import { eachPosition, joinPath, type TreeIndex, type TreeRange } from './tree-index';
import { findUnpinnedInputs } from './unpinned-inputs';

export interface InputParts {
  readonly service: Service;
  readonly files: BuildFiles;
  readonly evaluation: Evaluation;
  /** Services whose images are used, with their input digests. */
  readonly digests: readonly (readonly [service: string, inputDigest: string])[];
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
interface RuledSlice {
  readonly slice: InputSlice;
  readonly rule: string;
  /** The line of the instruction. */
  readonly line?: number;
}

/**
 * Returns the inputs of one service. The Dockerfile counts by its bytes. The ignore file counts by its effect, because it only decides which
 * files reach the build: a changed comment in it builds nothing. Paths count relative to the context, so that a service that moves as a whole
 * keeps its digest.
 */
export function describeInputs(parts: InputParts): ServiceInputs {
  const { service, files, evaluation, tree } = parts;
  const doubts = evaluation.doubts.map(({ line, text }) => doubt(service, line, text));
  const visible: RuledSlice[] = [];
  const budget = sourceBudget();
  for (const read of evaluation.reads) {
    const found = atLine(read.line, () => files.sources.resolve(read, budget));
    visible.push(...found.slices.map((slice) => ({ slice, rule: read.rule, line: read.line })));
    doubts.push(...[...new Set(found.doubts)].map((text) => doubt(service, undefined, `${read.rule}: ${text}`)));
  }
  const declared = declaredSlices(parts, visible);
  const slices = [...visible, ...declared.slices];
  doubts.push(...declared.missing.map((text) => doubt(service, undefined, text)));
  const recipe = recipeOf(parts);
  return Object.assign(new FileLister(tree, slices), {
    service: service.name,
    inputDigest: inputDigestOf([
      ...recipe.map(({ name, value }) => ['recipe', name, value]),
      ...slices.map(({ slice }) => slice.record),
    ]),
    emptyFolders: emptyFoldersOf(service, slices),
    recipe,
    images: [...evaluation.services].sort(),
    bases: [...new Set(evaluation.bases.map(({ name }) => name))].sort(),
    doubts,
    impurities: findUnpinnedInputs(evaluation.instructions, evaluation.bases),
  });
}

/** Makes both lists at each access. A getter of each object instead would slow down every access to the object's other properties. */
class FileLister {
  readonly #tree: TreeIndex;
  readonly #slices: readonly RuledSlice[];

  constructor(tree: TreeIndex, slices: readonly RuledSlice[]) {
    this.#tree = tree;
    this.#slices = slices;
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

/** Returns the slices of declared modules that the Dockerfile does not read. Such a module counts in full. */
function declaredSlices(
  { declared, tree }: InputParts,
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

function recipeOf({ service, files, digests, recipeVersion }: InputParts): readonly RecipePart[] {
  const { buildArgs, target, test, platforms } = service;
  return [
    { name: 'dockerfile', value: files.dockerfileId },
    ...Object.entries(buildArgs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name: `arg:${name}`, value })),
    ...(target === undefined ? [] : [{ name: 'target', value: target }]),
    ...(test === undefined ? [] : [{ name: 'test', value: JSON.stringify(test) }]),
    ...[...new Set(platforms)].sort().map((platform) => ({ name: `platform:${platform}`, value: platform })),
    ...[...digests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name: `image:${name}`, value })),
    { name: 'recipe', value: recipeVersion },
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
