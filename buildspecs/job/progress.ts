/**
 * Reads BuildKit's plain progress, of which each line begins with the number of a step: `#7 importing cache manifest from ...`, and at its
 * end `#7 DONE 1.2s` (util/progress/progressui/printer.go of github.com/moby/buildkit).
 */
/** The steps that are parts of a job, by their names. */
const STEPS = {
  cacheImport: /^importing cache manifest from /,
  image: /^exporting to image$/,
  cacheExport: /^exporting cache to registry$/,
} as const;

type Step = keyof typeof STEPS;

/** Returns the seconds of the parts as the buildspec exports them, summed over the job's builds: `cacheImport=1.2 push=30.1`, or ''. */
export function partsText(progress: string): string {
  const builds = progress.split(/^#0 building with .*$/m).map(partsOf);
  return (['cacheImport', 'push'] as const)
    .flatMap((part) => {
      const seconds = builds.flatMap((build) => build[part] ?? []);
      return seconds.length === 0 ? [] : `${part}=${seconds.reduce((sum, each) => sum + each).toFixed(1)}`;
    })
    .join(' ');
}

/**
 * Returns the seconds of one build. Caches are imported side by side, so that the longest import counts. The export packs layers and pushes
 * them; while it pushes, BuildKit exports the cache, too (solver/llbsolver/solver.go).
 */
function partsOf(progress: string): { readonly cacheImport?: number; readonly push?: number } {
  const steps = new Map<string, Step>();
  const seconds: Record<Step | 'pushing', number[]> = { cacheImport: [], image: [], cacheExport: [], pushing: [] };
  for (const line of progress.split('\n')) {
    const [, number = '', text = ''] = /^#(\d+) (.*?)\r?$/.exec(line) ?? [];
    const named = (Object.keys(STEPS) as Step[]).find((step) => STEPS[step].test(text));
    if (named !== undefined) steps.set(number, named);
    const step = steps.get(number);
    const [, pushed] = /^pushing .* (\d+\.\d+)s done$/.exec(text) ?? [];
    if (step === 'image' && pushed !== undefined) seconds.pushing.push(Number(pushed));
    const [, done] = /^DONE (\d+\.\d+)s$/.exec(text) ?? [];
    if (step !== undefined && done !== undefined) seconds[step].push(Number(done));
  }
  const { cacheImport, image, cacheExport, pushing } = seconds;
  // A step that was interrupted says DONE twice, with the whole time at the end.
  const [packed, cached] = [Math.max(0, ...image), Math.max(0, ...cacheExport)];
  const pushed = pushing.reduce((sum, each) => sum + each, 0);
  return {
    ...(cacheImport.length === 0 ? {} : { cacheImport: Math.max(...cacheImport) }),
    ...(image.length + cacheExport.length === 0 ? {} : { push: packed + Math.max(0, cached - pushed) }),
  };
}

/** A layer that the registry does not have. BuildKit fails for it even in a cache: https://github.com/moby/buildkit/issues/2568 and 4765. */
const MISSING_LAYER =
  /could not fetch content descriptor sha256|short read: expected \d+ bytes|failed to read expected number of bytes|\bblob (?:sha256:\w+ )?not found/;

/** Returns true if the last error of the progress is a layer that is missing. */
export function lacksLayers(progress: string): boolean {
  return MISSING_LAYER.test(lastError(progress));
}

/**
 * A command that the kernel killed for its memory. BuildKit tells it by the second text if the kernel has control groups of version 2
 * (`detectOOM` in executor/runcexecutor/executor_linux.go of github.com/moby/buildkit), and else by the signal alone.
 */
const OUT_OF_MEMORY = /did not complete successfully: (exit code: 137\b|cannot allocate memory)/;

/** Returns true if the last error of the progress is that memory was too little. */
export function lacksMemory(progress: string): boolean {
  return OUT_OF_MEMORY.test(lastError(progress));
}

function lastError(progress: string): string {
  return progress.split('\n').findLast((line) => line.startsWith('ERROR: ')) ?? '';
}
