/** Reads commands that make images without a Dockerfile: `ko build`, `pack build`, `nixpacks build` and `dotnet publish`. */

import { joinPath } from '../../input-digest/tree-index';
import { changedFolder, MAX_COMMANDS, wordsOf } from '../builds/build-command';
import { imageIn, within } from '../builds/build-file';
import { dotnetImage } from './dotnet';
import { koImage, programFolder } from './ko';
import type { ImageRecipe, RepositoryFiles, ToolImage } from './tool-image';

const COMMAND = /\b(ko\s+(?:build|publish)|pack\s+build|nixpacks\s+build|dotnet\s+publish)(?=\s)/g;

type Found = Pick<ToolImage, 'place' | 'image'> & { readonly recipe: ImageRecipe | string };

/** Returns the images of a script that runs in `folder`. A command whose words are not written out, or lead nowhere, is none. */
export function commandImages(
  files: RepositoryFiles,
  file: string,
  text: string,
  folder: string,
): readonly ToolImage[] {
  const script = text.replace(/^[ \t]*#[^\n]*/gm, '');
  return [...script.matchAll(COMMAND)].slice(0, MAX_COMMANDS).flatMap(({ 0: name, index }) => {
    const words = wordsOf(script.slice(index + name.length), {});
    const here = within(folder, changedFolder(script.slice(0, index))) ?? folder;
    return readCommand(files, name.split(/\s/)[0] ?? '', words, here).flatMap(({ recipe, ...found }) =>
      typeof recipe === 'string' ? [] : [{ ...recipe, ...found, file, isChosen: true }],
    );
  });
}

function readCommand(
  files: RepositoryFiles,
  program: string,
  words: readonly string[],
  here: string,
): readonly Found[] {
  if (program === 'ko') {
    const places = words.filter((word) => /^\.(?:\/|$)/.test(word) && !word.includes('...'));
    return places.flatMap((word) => {
      const place = programFolder(here, word);
      return place === undefined ? [] : [{ place, image: undefined, recipe: koImage(files, place) }];
    });
  }
  if (program === 'dotnet') return dotnetCommand(files, words, here);
  const { options, others } = split(words);
  const place = within(here, (program === 'pack' ? (options.get('path') ?? options.get('p')) : others[0]) ?? '.');
  if (place === undefined || !files.hasFolder(place)) return [];
  if (program === 'nixpacks') {
    const image = imageIn(options.get('name') ?? options.get('n'));
    return [{ place, image, recipe: { folder: place, build: { tool: 'nixpacks' } } }];
  }
  const builder = options.get('builder') ?? options.get('B');
  if (builder === undefined || builder.includes('$')) return [];
  const build = { tool: 'buildpacks', args: ['--builder', builder] } as const;
  return [{ place, image: imageIn(others[0]), recipe: { folder: place, build } }];
}

function dotnetCommand(files: RepositoryFiles, words: readonly string[], here: string): readonly Found[] {
  if (!words.some((word) => /PublishContainer\b|DefaultContainer\b/.test(word))) return [];
  const written = words.find((word) => !/^[-/]/.test(word) && /proj$|[/.]/.test(word)) ?? '.';
  const path = within(here, written);
  if (path === undefined) return [];
  const folder = files.hasFolder(path) ? path : '';
  const projects = files.filesIn(folder).filter((name) => /\.(?:cs|fs|vb)proj$/.test(name));
  const project = files.has(path) ? path : projects.length === 1 ? joinPath(folder, projects[0] ?? '') : undefined;
  if (project === undefined) return [];
  const recipe = dotnetImage(files, project);
  const repository = words
    .map((word) => /ContainerRepository=(.+)$/.exec(word)?.[1])
    .find((each) => each !== undefined);
  return [{ place: typeof recipe === 'string' ? '' : recipe.folder, image: imageIn(repository), recipe }];
}

/** Options of these programs that take a value. */
const WITH_VALUE =
  /^(?:path|p|builder|B|name|n|tag|t|env|e|buildpack|b|platform|descriptor|d|label|l|network|run-image|cache|volume|pkgs|apt|libs)$/;

function split(words: readonly string[]): { options: ReadonlyMap<string, string>; others: readonly string[] } {
  const options = new Map<string, string>();
  const others: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [, name, value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    if (name === undefined) others.push(words[at] ?? '');
    else if (value !== undefined) options.set(name, value);
    else if (WITH_VALUE.test(name)) options.set(name, words[++at] ?? '');
  }
  return { options, others };
}
