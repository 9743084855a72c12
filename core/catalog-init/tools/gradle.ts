/** Java images by Jib's plugin for Gradle. A project is built in its whole build, without projects that it does not need. */

import { joinPath } from '../../input-digest/tree-index';
import { imageIn } from '../builds/build-file';
import {
  foldersUp,
  type ImageRecipe,
  type Project,
  patternOf,
  projectInputs,
  type RepositoryFiles,
} from './tool-image';
import { cut } from './xml-elements';

const BUILD_FILES = ['build.gradle', 'build.gradle.kts'];

const SETTINGS_FILES = ['settings.gradle', 'settings.gradle.kts'];

/** Returns the text without comments. A `//` of an address stays. */
function code(text: string): string {
  return cut(text, /\/\*/g, () => '*/').replace(/(^|\s)\/\/[^\n]*/g, '$1');
}

/** Returns true if a build file applies the plugin to its own project. */
export function appliesJib(text: string): boolean {
  const sign = /(?:id\s*\(?\s*|apply\s*\(?\s*plugin\s*[:=]\s*)['"]com\.google\.cloud\.tools\.jib['"][^\n]*/g;
  const plain = code(text);
  const shared = /\b(?:subprojects|allprojects)\b/.exec(plain)?.index ?? plain.length;
  return [...plain.matchAll(sign)].some(({ 0: line, index }) => !/apply\s*\(?\s*false/.test(line) && index < shared);
}

/** Returns the last part of the image that a build file names. */
export function imageOfGradle(text: string): string | undefined {
  const plain = code(text);
  const [to = ''] = /\bto\s*\{[^}]*/.exec(plain) ?? [];
  return imageIn(/\bimage\s*=\s*['"]([^'"\n]*)['"]/.exec(to)?.[1]);
}

/** Returns how Jib makes the image of the project in a folder, or why that is not known. */
export function gradleImage(files: RepositoryFiles, folder: string): ImageRecipe | string {
  const build = { tool: 'jib-gradle' } as const;
  const top = foldersUp(folder).find((each) => SETTINGS_FILES.some((file) => files.has(joinPath(each, file))));
  if (top === undefined || top === folder) return { folder, build };
  const projects = projectsOf(files, top);
  if (projects === undefined)
    return { folder, build, inputs: [patternOf(top)], remark: 'reads its whole Gradle build' };
  const known = new Map([...projects].map(([name, project]) => [project.folder, name]));
  if (!known.has(folder)) return `${joinPath(top, 'settings.gradle')} does not include it`;
  const needed = neededBy(files, folder, top, projects);
  return { folder, build, inputs: projectInputs(top, [...projects.values()], needed) };
}

/** Returns the projects of a build by path, such as `:shared`; undefined if their folders are set by code. */
function projectsOf(files: RepositoryFiles, top: string): ReadonlyMap<string, Project> | undefined {
  return files.once(`projects ${top}`, () => {
    const text = code(SETTINGS_FILES.map((file) => files.text(joinPath(top, file)) ?? '').join('\n'));
    if (/\bprojectDir\b/.test(text)) return undefined;
    const calls = [...text.matchAll(/\binclude\b\s*\(?((?:\s*['"][^'"\n]*['"]\s*,?)+)/g)];
    const names = calls.flatMap(([, list = '']) =>
      [...list.matchAll(/['"]([^'"]*)['"]/g)].map(([, name = '']) => name),
    );
    const projects = names.map((name) => {
      const parts = name.split(':').filter((part) => part !== '');
      const folder = joinPath(top, parts.join('/'));
      const buildFiles = BUILD_FILES.map((file) => joinPath(folder, file)).filter((path) => files.has(path));
      return [`:${parts.join(':')}`, { folder, buildFiles }] as const;
    });
    return new Map(projects);
  });
}

/** Returns the folders of a project and of those that it depends on. What the build file of the top names, all may need. */
function neededBy(
  files: RepositoryFiles,
  folder: string,
  top: string,
  projects: ReadonlyMap<string, Project>,
): ReadonlySet<string> {
  const needed = new Set([folder, top]);
  for (const each of needed) {
    const text = code(BUILD_FILES.map((file) => files.text(joinPath(each, file)) ?? '').join('\n'));
    const named = [...text.matchAll(/\bproject\s*\(\s*(?:path\s*[:=]\s*)?['"](:[^'"]*)['"]/g)].map(
      ([, name = '']) => name,
    );
    const accessors = [...text.matchAll(/\bprojects\.([\w.]+)/g)].map(
      ([, name = '']) => `:${plain(name).replaceAll('.', ':')}`,
    );
    for (const [name, project] of projects) {
      if (named.includes(name) || accessors.some((accessor) => accessor.startsWith(plain(name))))
        needed.add(project.folder);
    }
  }
  return needed;
}

/** Returns a name as accessors have it, without regard to case: `shared-lib` is `sharedLib` there. */
function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}
