/** A build in CodeBuild's words, as the state machine gets it. */
import { pathToFileURL } from 'node:url';
import type { BuildEnd } from './builder';

/** Facts of one build. Times are milliseconds since 1970. */
export interface BuildFacts {
  readonly projectName: string;
  readonly id: string;
  readonly logFile: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly timeoutMinutes: number;
  readonly end: BuildEnd;
}

/** What `startBuild.sync` returns for a build that ended, whichever way. */
export function buildReply(facts: BuildFacts) {
  const { end } = facts;
  const failedPhase =
    end.status === 'SUCCEEDED'
      ? []
      : [{ PhaseType: end.phase, PhaseStatus: end.status, Contexts: [{ Message: end.message }] }];
  return {
    Build: {
      Id: facts.id,
      ProjectName: facts.projectName,
      BuildComplete: true,
      BuildStatus: end.status,
      CurrentPhase: 'COMPLETED',
      StartTime: facts.startedAt,
      EndTime: facts.endedAt,
      TimeoutInMinutes: facts.timeoutMinutes,
      Logs: { DeepLink: pathToFileURL(facts.logFile).href },
      Phases: [...failedPhase, { PhaseType: 'COMPLETED' }],
    },
  };
}

/** The error that fails the state, with the build as cause: so Step Functions tells of a build that did not succeed. */
export function taskFailed(reply: ReturnType<typeof buildReply>): Error {
  const error = new Error(JSON.stringify(reply));
  error.name = 'States.TaskFailed';
  return error;
}
