/** A job's times, and the description of a build that has them. */
import type { JobTimes } from '../../../core/contract/estimate';

/** Returns the times of a job that was submitted at this time, in ms since 1970, and built for so many seconds. */
export function timesOf(submittedAt: number, build: number): JobTimes {
  const parts = { queue: 1, provisioning: 14, source: 3, login: 2, build };
  return { machine: 'x86_64 medium', parts, submittedAt, endedAt: submittedAt + 1000 * (20 + build) };
}

/** Returns what Step Functions tells of such a build. */
export function describedBuild({ parts, submittedAt, endedAt }: JobTimes): object {
  const phases = {
    queue: 'QUEUED',
    provisioning: 'PROVISIONING',
    source: 'INSTALL',
    login: 'PRE_BUILD',
    build: 'BUILD',
  };
  let at = submittedAt;
  return {
    Build: {
      BuildStatus: 'SUCCEEDED',
      StartTime: submittedAt,
      EndTime: endedAt,
      Environment: { ComputeType: 'BUILD_GENERAL1_MEDIUM', Type: 'LINUX_CONTAINER' },
      Phases: Object.entries(phases).map(([part, PhaseType]) => {
        const StartTime = at;
        at += 1000 * (parts[part as keyof typeof phases] ?? 0);
        return { PhaseType, PhaseStatus: 'SUCCEEDED', StartTime, EndTime: at };
      }),
    },
  };
}
