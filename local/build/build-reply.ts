/** The reply of `codebuild:startBuild.sync`, as Step Functions writes it: names in upper camel case, times in ms since 1970. */
import { pathToFileURL } from 'node:url';
import type { CodeBuildMachine } from '../../core/contract/job';
import type { BuildEnd } from './builder';

/** The start of a phase, which ends when the next one starts. `at` is in ms since 1970. */
export interface PhaseStart {
  readonly type: string;
  readonly at: number;
}

/** Facts of one build. Times are milliseconds since 1970. */
interface BuildFacts {
  readonly projectName: string;
  readonly id: string;
  readonly logFile: string;
  readonly queuedAt: number;
  readonly endedAt: number;
  readonly timeoutMinutes: number;
  readonly machine: CodeBuildMachine;
  readonly phases: readonly PhaseStart[];
  readonly exported: Readonly<Record<string, string>>;
  readonly end: BuildEnd;
}

/** Returns the reply of `startBuild.sync` for a build that ended. */
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
      StartTime: facts.queuedAt,
      EndTime: facts.endedAt,
      TimeoutInMinutes: facts.timeoutMinutes,
      Logs: { DeepLink: pathToFileURL(facts.logFile).href },
      Environment: { ComputeType: facts.machine.computeType, Type: facts.machine.environmentType },
      ExportedEnvironmentVariables: Object.entries(facts.exported).map(([Name, Value]) => ({ Name, Value })),
      Phases: [
        ...facts.phases.map(({ type, at }, index) => ({
          PhaseType: type,
          PhaseStatus: 'SUCCEEDED',
          StartTime: at,
          EndTime: facts.phases[index + 1]?.at ?? facts.endedAt,
        })),
        ...failedPhase,
        { PhaseType: 'COMPLETED', StartTime: facts.endedAt },
      ],
    },
  };
}

/** Returns the error that fails the state. Its cause is the build, as in Step Functions. */
export function taskFailed(reply: ReturnType<typeof buildReply>): Error {
  const error = new Error(JSON.stringify(reply));
  error.name = 'States.TaskFailed';
  return error;
}
