/** Java images by Jib's plugin for Maven. A module is built in its whole build, without modules that it does not need. */

import { folderOf, joinPath } from '../../input-digest/tree-index';
import { imageIn, within } from '../builds/build-file';
import { foldersUp, type ImageRecipe, patternOf, projectInputs, type RepositoryFiles } from './tool-image';
import { contentsOf, withoutComments, withoutElements } from './xml-elements';

/** What is read of a `pom.xml`. https://maven.apache.org/pom.html */
interface Pom {
  readonly artifact: string | undefined;
  readonly packaging: string;
  readonly modules: readonly string[];
  readonly dependencies: readonly string[];
  /** The path of the parent's file from its own folder; undefined if it has no parent here. */
  readonly parent: string | undefined;
  readonly jib: { readonly image: string | undefined } | undefined;
}

/** Reads a file, without profiles, and without what is only managed for others. */
export function readPom(text: string): Pom {
  const plain = withoutElements(withoutComments(text), ['profiles', 'pluginManagement', 'reporting']);
  const own = withoutElements(plain, ['parent', 'dependencies', 'dependencyManagement', 'build', 'properties']);
  const [parent] = contentsOf(plain, 'parent');
  const isHere = parent !== undefined && !/<relativePath\s*(?:\/>|>\s*<\/relativePath>)/.test(parent);
  const jib = contentsOf(plain, 'plugin').find((plugin) => contentsOf(plugin, 'artifactId')[0] === 'jib-maven-plugin');
  const isSkipped = /<skip>\s*true/.test(jib ?? '');
  return {
    artifact: contentsOf(own, 'artifactId')[0],
    packaging: contentsOf(own, 'packaging')[0] ?? 'jar',
    modules: contentsOf(plain, 'module'),
    dependencies: contentsOf(withoutElements(plain, ['dependencyManagement']), 'dependency').flatMap(
      (dependency) => contentsOf(dependency, 'artifactId')[0] ?? [],
    ),
    parent: isHere ? (contentsOf(parent, 'relativePath')[0] ?? '../pom.xml') : undefined,
    jib:
      jib === undefined || isSkipped
        ? undefined
        : { image: imageIn(contentsOf(contentsOf(jib, 'to')[0] ?? '', 'image')[0]) },
  };
}

function pomIn(files: RepositoryFiles, folder: string): Pom | undefined {
  return files.once(`pom ${folder}`, () => {
    const text = files.text(joinPath(folder, 'pom.xml'));
    return text === undefined ? undefined : readPom(text);
  });
}

/** Returns how Jib makes the image of a module, or why that is not known. `folder` has its `pom.xml`. */
export function mavenImage(files: RepositoryFiles, folder: string): ImageRecipe | string {
  const top = topOf(files, folder);
  if (top === folder) {
    const parents = parentsOf(files, folder);
    if (parents.length === 0) return { folder, build: { tool: 'jib-maven' } };
    const settings = foldersUp(folder).map((each) => joinPath(each, '.mvn'));
    const inputs = [
      folder,
      ...parents,
      ...settings.filter((each) => each !== `${folder}/.mvn` && files.hasFolder(each)),
    ];
    return { folder, build: { tool: 'jib-maven' }, inputs: inputs.map(patternOf) };
  }
  const modules = modulesOf(files, top);
  const module = folder.slice(top === '' ? 0 : top.length + 1);
  const projects = modules.map(({ folder: each }) => ({ folder: each, buildFiles: [joinPath(each, 'pom.xml')] }));
  // The goal `package` makes the jars of modules that it needs, before Maven comes to this one.
  const args = ['package', '-DskipTests', `-pl=${module}`, '-am', `-Djib.containerize=${module}`];
  return {
    folder: top,
    build: { tool: 'jib-maven', args },
    inputs: [...projectInputs(top, projects, neededBy(folder, modules)), ...parentsOf(files, top).map(patternOf)],
  };
}

interface Module {
  readonly folder: string;
  readonly pom: Pom;
}

/** Returns the modules of a build, that of its top included. */
export function modulesOf(files: RepositoryFiles, top: string): readonly Module[] {
  return files.once(`modules ${top}`, () => {
    const found = new Map<string, Module>();
    const visit = (folder: string) => {
      const pom = pomIn(files, folder);
      if (pom === undefined || found.has(folder)) return;
      found.set(folder, { folder, pom });
      for (const each of pom.modules) {
        const path = within(folder, each);
        if (path !== undefined) visit(path.endsWith('.xml') ? folderOf(path) : path);
      }
    };
    visit(top);
    return [...found.values()];
  });
}

/** Returns the folder of the outermost build that has the module. */
function topOf(files: RepositoryFiles, folder: string): string {
  const above = foldersUp(folder)
    .slice(1)
    .find((each) => pomIn(files, each)?.modules.some((module) => within(each, module) === folder));
  return above === undefined ? folder : topOf(files, above);
}

/** Returns the files of its parents outside of the folder, as far as the commit has them. */
function parentsOf(files: RepositoryFiles, folder: string, seen: readonly string[] = []): readonly string[] {
  const parent = pomIn(files, folder)?.parent;
  const named = parent === undefined ? undefined : within(folder, parent);
  if (named === undefined) return seen;
  const path = named.endsWith('.xml') ? named : joinPath(named, 'pom.xml');
  return !files.has(path) || seen.includes(path) ? seen : parentsOf(files, folderOf(path), [...seen, path]);
}

/** Returns the folders of a module and of those that it depends on. */
function neededBy(folder: string, modules: readonly Module[]): ReadonlySet<string> {
  const needed = new Set([folder]);
  for (const each of needed) {
    const names = new Set(modules.find((module) => module.folder === each)?.pom.dependencies);
    for (const module of modules) if (names.has(module.pom.artifact ?? '')) needed.add(module.folder);
  }
  return needed;
}
