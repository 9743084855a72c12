/**
 * Reads BuildKit's plain progress, of which each line begins with the number of a step: `#7 importing cache manifest from ...`, and at its
 * end `#7 DONE 1.2s` (util/progress/progressui/printer.go of github.com/moby/buildkit).
 */
import type { JobPart } from '../../core/contract/estimate';

/** The steps that are parts of their own, by the beginning of their names. */
const PARTS: readonly (readonly [JobPart, RegExp])[] = [
  ['cacheImport', /^importing cache manifest from /],
  ['push', /^exporting to image$/],
  ['push', /^exporting cache to registry$/],
];

/**
 * Returns the seconds of the parts as the buildspec exports them: `cacheImport=1.2 push=30.1`, or an empty text if there is none. Caches are
 * imported side by side, so that the longest import counts. The export packs layers and pushes them.
 */
export function partsText(progress: string): string {
  const names = new Map<string, JobPart>();
  const seconds = new Map<JobPart, number>();
  for (const line of progress.split('\n')) {
    // The steps of the next build are numbered anew.
    if (line.startsWith('#0 building with ')) names.clear();
    const [, step = '', text = ''] = /^#(\d+) (.*?)\r?$/.exec(line) ?? [];
    const named = PARTS.find(([, begins]) => begins.test(text));
    if (named !== undefined) names.set(step, named[0]);
    const part = names.get(step);
    const [, done] = /^DONE (\d+(?:\.\d+)?)s$/.exec(text) ?? [];
    if (part === undefined || done === undefined) continue;
    const before = seconds.get(part) ?? 0;
    seconds.set(part, part === 'push' ? before + Number(done) : Math.max(before, Number(done)));
  }
  return [...seconds].map(([part, time]) => `${part}=${time.toFixed(1)}`).join(' ');
}

/**
 * A layer that a manifest names and the registry does not have. BuildKit fails for it, even if it is one of a cache:
 * https://github.com/moby/buildkit/issues/2568 and 4765.
 */
const MISSING_LAYER =
  /could not fetch content descriptor sha256|short read: expected \d+ bytes|failed to read expected number of bytes|\bblob (?:sha256:\w+ )?not found/;

/** Returns true if the last error of the progress is a layer that is missing. */
export function lacksLayers(progress: string): boolean {
  const error = progress.split('\n').findLast((line) => line.startsWith('ERROR: '));
  return error !== undefined && MISSING_LAYER.test(error);
}
