/** Go images by ko. */
import { joinPath } from '../../input-digest/tree-index';
import { within } from '../builds/build-file';
import { goModules, importedFolders, isProgram, moduleFolder } from './go-imports';
import { foldersUp, type ImageRecipe, patternOf, type RepositoryFiles } from './tool-image';

/** ko is one Go program, which `go install` pins by its checksum. The same version is in the documentation. */
export const INSTALL_KO = 'go install github.com/google/ko@v0.19.1';

/** Files of a module that belong to each of its programs. */
const OF_MODULE = ['go.mod', 'go.sum', 'vendor', '.ko.yaml', '.ko.yml'];

/** Returns how ko makes the image of the program in a folder, or why that is not known. */
export function koImage(files: RepositoryFiles, folder: string): ImageRecipe | string {
  const module = moduleFolder(files, folder);
  if (module === undefined) return 'no folder above it has a go.mod';
  if (!isProgram(files, folder)) return 'it has no package main';
  const build = { tool: 'ko', install: INSTALL_KO } as const;
  const packages = importedFolders(files, folder);
  if (packages === undefined)
    return { folder, build, inputs: [patternOf(module)], remark: 'has too many Go files, so the whole module counts' };
  if (packages.has('')) return { folder, build, ...(folder === '' ? {} : { inputs: ['**'] }) };
  const modules = new Set([...packages].flatMap((each) => moduleFolder(files, each) ?? []));
  const shared = [...modules].flatMap((each) => OF_MODULE.map((name) => joinPath(each, name))).concat('.ko.yaml');
  const inputs = [...packages, ...[...shared, ...workspaceFiles(files, module)].filter((path) => exists(files, path))];
  const outside = inputs.filter((path) => !inputs.some((other) => path.startsWith(`${other}/`)));
  const isFolder = outside.every((path) => path === folder);
  return { folder, build, ...(isFolder ? {} : { inputs: [...new Set(outside)].sort().map(patternOf) }) };
}

/** Returns the files of the workspace of a module, if it has one: every module of it is loaded. https://go.dev/ref/mod#workspaces */
function workspaceFiles(files: RepositoryFiles, module: string): readonly string[] {
  const top = foldersUp(module).find((each) => files.has(joinPath(each, 'go.work')));
  if (top === undefined) return [];
  const uses = goModules(files).filter(({ folder }) => foldersUp(folder).includes(top));
  const own = ['go.work', 'go.work.sum', 'vendor'].map((name) => joinPath(top, name));
  return [...own, ...uses.flatMap(({ folder }) => ['go.mod', 'go.sum'].map((name) => joinPath(folder, name)))];
}

function exists(files: RepositoryFiles, path: string): boolean {
  return files.has(path) || files.hasFolder(path);
}

/** Returns the folder of a program as `.ko.yaml`, Skaffold or a command names it: a folder or a file, from `dir`. */
export function programFolder(dir: string, main: string): string | undefined {
  return within(dir, main.replace(/[^/]*\.go$/, ''));
}
