/** Compares the inputs that were discovered for a build with what Docker put into the image. */

import type { FolderState } from '../../../core/dockerignore/ignore-file';
import { parseIgnoreFile } from '../../../core/dockerignore/ignore-file';
import { discover, type Files } from './docker-context';
import { type BuildResult, buildCaseWith, type DockerBuild } from './docker-context-build';
import { type BuildCase, HEREDOC } from './docker-context-cases';

/** Builds the case; undefined if both agree, else what differs. */
export async function compareWithDocker(build: BuildCase, docker: DockerBuild): Promise<string | undefined> {
  return difference(build, await buildCaseWith(docker, build));
}

function difference(build: BuildCase, result: BuildResult): string | undefined {
  const { dockerfile, context, target, buildArgs, files } = build;
  const { inputs, problems } = discover({ files, services: [{ dockerfile, context, target, buildArgs }] });
  const found = inputs.get('app');
  const doubts = (found?.doubts ?? []).map(({ text }) => text);
  const refused = [...problems.map(({ message }) => message), ...doubts.filter((text) => text.includes('will fail'))];
  // Docker does not always send the folder of a pattern or of --parents, or what a link below one points to: such a build may fail.
  const hasPattern = /[*?[]|--parents/.test(contentOf(files, dockerfile));
  const comparable = !isDisputed(build) && !(hasLinks(files) && hasPattern);
  if (result.kind === 'failed') {
    const mayFail = doubts.some((text) => text.includes('may fail'));
    if (refused.length > 0 || mayFail || !comparable || hasPattern) return undefined;
    return `Docker refuses it and the discovery does not: ${result.output}`;
  }
  if (found === undefined || (refused.length > 0 && comparable)) return `Docker builds it, but: ${refused.join('; ')}`;
  const read = found.files.filter(({ mode }) => mode !== '120000').map(({ path }) => contentOf(files, path));
  const links = found.files.filter(({ mode }) => mode === '120000').map(({ path }) => contentOf(files, path));
  const missed = [...result.contents].filter((content) => !read.includes(content) && content !== HEREDOC);
  const missedLinks = [...result.links].filter((target) => !links.includes(target));
  // What matches the part before a pivot counts as read, although BuildKit takes it only if the rest matches, too.
  const isExact = !/--parents .*(?:\/\.\/|\/\/)/.test(contentOf(files, dockerfile));
  const wasted = comparable && isExact ? read.filter((content) => !result.contents.has(content)) : [];
  const parts = [
    ...missed.map((content) => `missed ${content}`),
    ...missedLinks.map((target) => `missed link to ${target}`),
    ...wasted.map((content) => `wasted ${content}`),
  ];
  return parts.length === 0 ? undefined : parts.join('\n');
}

function hasLinks(files: Files): boolean {
  return Object.values(files).some((file) => typeof file !== 'string' && file.mode === '120000');
}

function contentOf(files: Files, path: string): string {
  const file = files[path];
  return typeof file === 'string' ? file : (file?.text ?? '');
}

/**
 * True if today's Docker and the engine of this test (20.10) differ about a file of the context: then what the engine leaves
 * out says nothing, and only what it takes can be held against the discovery.
 */
function isDisputed({ files, context, dockerfile }: BuildCase): boolean {
  const prefix = context === '' ? '' : `${context}/`;
  const ignoreFile = [`${dockerfile}.dockerignore`, `${prefix}.dockerignore`].find((path) => path in files);
  const parsed = parseIgnoreFile(ignoreFile === undefined ? '' : contentOf(files, ignoreFile));
  if (parsed.kind === 'broken') return false;
  const { matcher } = parsed;
  return Object.keys(files)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .some((path) => {
      let folder: FolderState | undefined;
      for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        folder = matcher.enter(path.slice(0, slash), folder);
      }
      return matcher.isExcludedToday(path, folder) !== matcher.isExcludedEarlier(path, folder);
    });
}
