/** What `COPY --parents` of BuildKit 0.34 refuses, does not find though it is there, or does not take. Each was seen in real builds. */

export const WHOLE_FOLDER =
  'BuildKit refuses --parents for a whole folder, so the build will fail; leave --parents out';

/** Of a file that is matched by a pattern in front of the pivot. */
export const BEFORE_PIVOT =
  'a file matches the part before /./ alone, so BuildKit takes nothing of it, but it counts as read';

/** Of a source without a pattern. */
export const LEFT_OUT =
  'nothing of it is left, for which BuildKit refuses --parents, so the build may fail; see its --exclude';

const UPWARDS = "BuildKit does not look for '..' behind /./, so the build may fail; write the path without it";

const SLASHES =
  'BuildKit finds no source of --parents that begins with two slashes, so the build may fail; write the path with one';

/** Returns the doubts about the path of a source with `--parents`. `pivot` is where its `/./` begins, or -1. */
export function pathDoubts(source: string, pivot: number): readonly string[] {
  const goesUp = pivot >= 0 && source.slice(pivot).split('/').includes('..');
  return [...(goesUp ? [UPWARDS] : []), ...(source.startsWith('//') ? [SLASHES] : [])];
}
