/**
 * Joins what was found about a service into its inputs and their digest.
 *
 * The Dockerfile counts by its bytes. The ignore file counts by its effect: it decides which files reach the build and cannot
 * change an image in any other way, so a changed comment in it builds nothing. Paths count as the build sees them, relative to
 * the context, so that a service that moves as a whole keeps its digest.
 */
import type { Module, Service } from '../catalog/model';
import type { Reason } from '../contract/plan';
import type { Evaluation } from '../dockerfile/evaluate-stage';
import { atLine } from '../dockerfile/instruction';
import type { BuildFiles } from './build-files';
import { eachPosition, folderPiece, inputDigestOf, type Piece, touches } from './input-digest';
import type { InputFile, RecipePart, ServiceInputs } from './inputs';
import { folderRange, joinPath, type TreeIndex } from './tree-index';
import { findImpurities } from './unpinned-inputs';

export interface InputParts {
  readonly service: Service;
  readonly files: BuildFiles;
  readonly evaluation: Evaluation;
  /** Services whose images are used, with their input digests. */
  readonly digests: readonly (readonly [service: string, inputDigest: string])[];
  readonly modules: readonly Module[];
  readonly tree: TreeIndex;
  readonly recipeVersion: string;
}

interface RuledPiece {
  readonly piece: Piece;
  readonly rule: string;
}

/** The inputs of one service. */
export function describeInputs(parts: InputParts): ServiceInputs {
  const { service, files, evaluation, tree } = parts;
  const doubts = evaluation.doubts.map(({ line, text }) => doubt(service, line, text));
  const visible: RuledPiece[] = [];
  for (const read of evaluation.reads) {
    const found = atLine(read.line, () => files.sources.resolve(read));
    visible.push(...found.pieces.map((piece) => ({ piece, rule: read.rule })));
    doubts.push(...[...new Set(found.doubts)].map((text) => doubt(service, undefined, `${read.rule}: ${text}`)));
  }
  const declared = declaredPieces(parts, visible);
  const pieces = [...visible, ...declared.pieces];
  doubts.push(...declared.missing.map((text) => doubt(service, undefined, text)));
  const recipe = recipeOf(parts);
  return {
    service: service.name,
    inputDigest: inputDigestOf([
      ...recipe.map(({ name, value }) => ['recipe', name, value]),
      ...pieces.map(({ piece }) => piece.record),
    ]),
    get files() {
      return listFiles(tree, pieces);
    },
    emptyFolders: emptyFoldersOf(service, pieces),
    recipe,
    images: [...evaluation.services].sort(),
    bases: [...new Set(evaluation.bases.map(({ name }) => name))].sort(),
    doubts,
    impurities: findImpurities(evaluation.instructions, evaluation.bases),
  };
}

/** Modules that the catalog declares and of which the Dockerfile shows nothing count in full. */
function declaredPieces(
  { service, modules, tree }: InputParts,
  visible: readonly RuledPiece[],
): { readonly pieces: readonly RuledPiece[]; readonly missing: readonly string[] } {
  const declared = modules
    .filter(({ name }) => service.dependencies.includes(name))
    .map(({ name, path }) => ({ name, path, range: folderRange(tree, path) }));
  return {
    pieces: declared
      .filter(({ range }) => range.start < range.end && !visible.some(({ piece }) => touches(piece, range)))
      .map(({ name, path, range }) => ({
        piece: folderPiece(tree, '', `declared ${path}`, { positions: range, emptyFolders: [], disputed: [] }),
        rule: `declared module ${name}`,
      })),
    missing: declared
      .filter(({ range }) => range.start === range.end)
      .map(({ name, path }) => `declared module ${name} has no files: there is no folder ${path}`),
  };
}

function recipeOf({ service, files, digests, recipeVersion }: InputParts): readonly RecipePart[] {
  const { buildArgs, target, platforms } = service;
  return [
    { name: 'dockerfile', value: files.dockerfileId },
    ...Object.entries(buildArgs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name: `arg:${name}`, value })),
    ...(target === undefined ? [] : [{ name: 'target', value: target }]),
    ...[...new Set(platforms)].sort().map((platform) => ({ name: `platform:${platform}`, value: platform })),
    ...[...digests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name: `image:${name}`, value })),
    { name: 'recipe', value: recipeVersion },
  ];
}

function listFiles(tree: TreeIndex, pieces: readonly RuledPiece[]): readonly InputFile[] {
  const rules = new Map<number, string>();
  for (const { piece, rule } of pieces) {
    for (const position of eachPosition(piece.positions)) if (!rules.has(position)) rules.set(position, rule);
  }
  return [...rules]
    .sort(([a], [b]) => a - b)
    .flatMap(([position, rule]) => {
      const entry = tree.entries[position];
      return entry === undefined ? [] : [{ path: entry.path, mode: entry.mode, id: entry.id, rule }];
    });
}

function emptyFoldersOf({ context }: Service, pieces: readonly RuledPiece[]): readonly string[] {
  const folders = pieces.flatMap(({ piece }) => piece.emptyFolders.map((folder) => joinPath(context, folder)));
  return [...new Set(folders)].sort();
}

function doubt({ dockerfile }: Service, line: number | undefined, text: string): Reason {
  return { kind: 'doubt', path: dockerfile, text: line === undefined ? text : `line ${line}: ${text}` };
}
