/** How long builds really took, in the place of what a catalog expects. */

/** A build that succeeded. */
export interface RecordedBuild {
  readonly service: string;
  /** What was paid for: without the time in which it waited for a machine. */
  readonly seconds: number;
  /** In ms since 1970. */
  readonly endedAt: number;
}

/** So many builds of a service count, the newest: Dockerfiles change. */
const COUNTED = 10;

/** Minutes by service: the median of its last builds, rounded up, as CodeBuild bills. */
export function recordedMinutes(builds: readonly RecordedBuild[]): ReadonlyMap<string, number> {
  const byService = new Map<string, RecordedBuild[]>();
  for (const build of builds) byService.set(build.service, [...(byService.get(build.service) ?? []), build]);
  return new Map(
    [...byService].map(([service, all]) => {
      const newest = all.sort((a, b) => b.endedAt - a.endedAt).slice(0, COUNTED);
      return [service, Math.max(1, Math.ceil(median(newest.map(({ seconds }) => seconds)) / 60))];
    }),
  );
}

/** The same services, with recorded minutes where there are any. */
export function withRecordedMinutes<Timed extends { readonly name: string; readonly minutes: number }>(
  services: readonly Timed[],
  recorded: ReadonlyMap<string, number>,
): readonly Timed[] {
  return services.map((service) => ({ ...service, minutes: recorded.get(service.name) ?? service.minutes }));
}

/** Of an even number the higher one of the two in the middle: better too long than too short. */
function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
