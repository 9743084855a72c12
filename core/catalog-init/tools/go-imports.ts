/** The packages of a repository that a Go program is built from. */
import { folderOf, joinPath } from '../../input-digest/tree-index';
import { isWithin } from '../../text/clean-path';
import { within } from '../builds/build-file';
import { isForeignFile } from '../detect';
import { foldersUp, type RepositoryFiles } from './tool-image';

/** A module of the repository: its folder, and the path by which packages import it. */
interface GoModule {
  readonly folder: string;
  readonly path: string;
}

/** Returns the folder of the module of a package; undefined if there is no `go.mod`. */
export function moduleFolder(files: RepositoryFiles, folder: string): string | undefined {
  return foldersUp(folder).find((each) => files.has(joinPath(each, 'go.mod')));
}

/** Returns all modules of the repository, those whose path begins with another's first. */
export function goModules(files: RepositoryFiles): readonly GoModule[] {
  return files.once('go.mod', () => {
    const found = files.tree.entries
      .filter(({ path }) => /(?:^|\/)go\.mod$/.test(path) && !isForeignFile(path))
      .flatMap(({ path }): GoModule[] => {
        const name = /^\s*module\s+"?([^\s"]+)/m.exec(files.text(path) ?? '')?.[1];
        return name === undefined ? [] : [{ folder: folderOf(path), path: name }];
      });
    return found.sort((a, b) => b.path.length - a.path.length);
  });
}

/** Returns the folder of a package by its import path; undefined if it is not of these modules, or has no Go file. */
export function packageFolder(files: RepositoryFiles, modules: readonly GoModule[], path: string): string | undefined {
  const module = modules.find((each) => isWithin(path, each.path));
  if (module === undefined) return undefined;
  const folder = within(module.folder, path.slice(module.path.length + 1));
  return folder !== undefined && sourcesOf(files, folder).length > 0 ? folder : undefined;
}

/** Returns the paths of the Go files of a package, without its tests. */
export function sourcesOf(files: RepositoryFiles, folder: string): readonly string[] {
  const names = files.filesIn(folder).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
  return names.map((name) => joinPath(folder, name));
}

/** Returns true if the folder has a program. */
export function isProgram(files: RepositoryFiles, folder: string): boolean {
  return sourcesOf(files, folder).some((path) => /^package\s+main\b/m.test(files.text(path) ?? ''));
}

/**
 * Returns the folders of a package and of all packages of the repository that it imports, whatever their build tags. Undefined if a file
 * was not read.
 */
export function importedFolders(files: RepositoryFiles, folder: string): ReadonlySet<string> | undefined {
  const modules = goModules(files);
  const folders = new Set([folder]);
  for (const each of folders) {
    for (const source of sourcesOf(files, each)) {
      const text = files.text(source);
      if (text === undefined) return undefined;
      for (const path of importsIn(text)) {
        const imported = packageFolder(files, modules, path);
        if (imported !== undefined) folders.add(imported);
      }
    }
  }
  return folders;
}

/** Imports stand before all other declarations: https://go.dev/ref/spec#Source_file_organization */
function importsIn(text: string): readonly string[] {
  const plain = text.replace(/^[ \t]*\/\/[^\n]*/gm, '');
  const found: string[] = [];
  const start = /^import[ \t]*(\()?/gm;
  for (let match = start.exec(plain); match !== null; match = start.exec(plain)) {
    const end = plain.indexOf(match[1] === undefined ? '\n' : ')', start.lastIndex);
    const block = plain.slice(start.lastIndex, end < 0 ? undefined : end);
    found.push(...[...block.matchAll(/["`]([^"`\n]+)["`]/g)].map(([, path = '']) => path));
    if (end < 0) break;
    start.lastIndex = end;
  }
  return found;
}
