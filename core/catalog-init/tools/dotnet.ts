/** .NET images by the SDK itself. */

import { folderOf, joinPath } from '../../input-digest/tree-index';
import { isWithin } from '../../text/clean-path';
import { hasWildcard } from '../../text/glob';
import { imageIn, within } from '../builds/build-file';
import { foldersUp, type ImageRecipe, patternOf, type RepositoryFiles } from './tool-image';
import { attributeValues, contentsOf, withoutComments } from './xml-elements';

/** Properties that only images have. https://learn.microsoft.com/en-us/dotnet/core/containers/publish-configuration */
const OF_IMAGES = ['ContainerRepository', 'ContainerImageName', 'ContainerBaseImage', 'ContainerFamily'];

/** Files that MSBuild, NuGet and the compiler find by name in the folders above a project. */
const FOUND_ABOVE = /^(?:directory\..*|global\.json|nuget\.config|\.editorconfig)$/i;

const FOUND_AT_ROOT = /^(?:Directory\.[^/]*|global\.json|[Nn]u[Gg]et\.[Cc]onfig)$/;

/** Returns true if a project file says that its image is made by the SDK. */
export function isImageProject(text: string): boolean {
  const plain = withoutComments(text);
  if (contentsOf(plain, 'IsPublishable').includes('false') || isTestOrHost(plain)) return false;
  const isEnabled = contentsOf(plain, 'EnableSdkContainerSupport').some((value) => value.toLowerCase() === 'true');
  return (
    isEnabled ||
    OF_IMAGES.some((name) => contentsOf(plain, name).length > 0) ||
    /"Microsoft\.NET\.Build\.Containers"/.test(plain)
  );
}

/** The host of Aspire starts projects, and has no image. */
function isTestOrHost(text: string): boolean {
  return /Aspire\.AppHost|<IsAspireHost>|<IsTestProject>\s*true|"Microsoft\.NET\.Test\.Sdk"/i.test(text);
}

/** Returns the last part of the image that a project file names. */
export function imageOfProject(text: string): string | undefined {
  const plain = withoutComments(text);
  return imageIn([...contentsOf(plain, 'ContainerRepository'), ...contentsOf(plain, 'ContainerImageName')][0]);
}

/** Returns how the SDK makes the image of a project, or why that is not known. `project` is its file. */
export function dotnetImage(files: RepositoryFiles, project: string): ImageRecipe | string {
  const folder = folderOf(project);
  const others = files
    .filesIn(folder)
    .filter((name) => /\.(?:cs|fs|vb)proj$|\.slnx?$/.test(name) && joinPath(folder, name) !== project);
  if (others.length > 0)
    return `its folder has ${others[0]}, too, and \`dotnet publish\` takes a folder with one project`;
  const { folders, unknown } = readBy(files, project);
  const above = [...new Set([...folders].flatMap((each) => foldersUp(each)))].filter(
    (each) => !isInside(each, folders),
  );
  const found = above.flatMap((each) =>
    files
      .filesIn(each)
      .filter((name) => FOUND_ABOVE.test(name))
      .map((name) => joinPath(each, name)),
  );
  const imported = found.flatMap((path) => importsOf(files, path));
  const inputs = [...new Set([...outermost(folders), ...found, ...imported])].sort();
  // The tool reads these of the root by itself, those of later commits included.
  const isUsual = folders.size === 1 && imported.length === 0 && found.every((path) => FOUND_AT_ROOT.test(path));
  return {
    folder,
    build: { tool: 'dotnet' },
    ...(isUsual ? {} : { inputs: inputs.map(patternOf) }),
    ...(unknown.length === 0 ? {} : { remark: `add to inputs what ${unknown[0]} means` }),
  };
}

/** Returns the folders and files that a project and those it refers to read, and paths that only MSBuild can resolve. */
function readBy(files: RepositoryFiles, project: string) {
  const folders = new Set([folderOf(project)]);
  const unknown: string[] = [];
  const visited = new Set([project]);
  for (const each of visited) {
    for (const written of pathsIn(files.text(each) ?? '')) {
      if (!written.startsWith('..') && !written.includes('$(')) continue;
      const path = resolved(folderOf(each), written);
      if (path === undefined) unknown.push(written);
      else if (/proj$/.test(path)) {
        folders.add(folderOf(path));
        visited.add(path);
      } else if (files.has(path) || files.hasFolder(path)) folders.add(path);
    }
  }
  return { folders, unknown };
}

function importsOf(files: RepositoryFiles, file: string): readonly string[] {
  return pathsIn(files.text(file) ?? '').flatMap((written) => {
    const path = resolved(folderOf(file), written);
    return path !== undefined && files.has(path) ? [path] : [];
  });
}

function pathsIn(text: string): readonly string[] {
  const plain = withoutComments(text);
  return [...attributeValues(plain, 'Include'), ...attributeValues(plain, 'Project')]
    .flatMap((value) => value.split(';'))
    .map((value) => value.trim().replaceAll('\\', '/'));
}

/** Returns the path before the first part with a wildcard; undefined for one that has variables or leads out of the repository. */
function resolved(folder: string, written: string): string | undefined {
  const own = written.replace(/^\$\(MSBuild(?:ThisFile|Project)Directory\)\/?/, './');
  if (own.includes('$(')) return undefined;
  const parts = own.split('/');
  const wild = parts.findIndex(hasWildcard);
  const path = within(folder, (wild < 0 ? parts : parts.slice(0, wild)).join('/'));
  return path === '' ? undefined : path;
}

function isInside(folder: string, folders: ReadonlySet<string>): boolean {
  return [...folders].some((each) => isWithin(folder, each));
}

function outermost(folders: ReadonlySet<string>): readonly string[] {
  return [...folders].filter((folder) => !isInside(folder, new Set([...folders].filter((each) => each !== folder))));
}
