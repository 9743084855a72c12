/** Ends the waiting for work that cannot be ended itself. */
import type { BuildEnd, ImageJob } from './builder';

/** The work's end; or, if time runs out or the run is stopped first, that. */
export async function withinLimits(
  { timeoutMs, signal }: Pick<ImageJob, 'timeoutMs' | 'signal'>,
  work: () => Promise<BuildEnd>,
): Promise<BuildEnd> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<BuildEnd>((resolve) => {
    const seconds = Math.round(timeoutMs / 1000);
    stop = () => resolve({ status: 'STOPPED', phase: 'BUILD', message: 'the run was stopped' });
    timer = setTimeout(
      () => resolve({ status: 'TIMED_OUT', phase: 'BUILD', message: `not done after ${seconds} s` }),
      timeoutMs,
    );
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
