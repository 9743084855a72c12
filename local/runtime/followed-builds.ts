/** Passes the start and end of each build on to the progress and the timeline of a run. */
import type { LocalCodeBuildOptions } from '../build/local-code-build';
import type { StoredTimeline } from './local-services';
import type { ProgressFollower } from './progress';

/** Returns the callbacks of the local CodeBuild. `now` returns ms since 1970. */
export function followBuilds(
  progress: Pick<ProgressFollower, 'started' | 'finished'>,
  timeline: Pick<StoredTimeline, 'add'>,
  now: () => number,
): Required<Pick<LocalCodeBuildOptions, 'onStart' | 'onEnd'>> {
  return {
    onStart: (job) => {
      progress.started(job);
      timeline.add({ kind: 'building', job, at: now() });
    },
    onEnd: (job, succeeded) => {
      progress.finished(job, succeeded);
      timeline.add({ kind: 'ended', job, at: now(), isFailed: !succeeded });
    },
  };
}
