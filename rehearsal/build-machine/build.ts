/** A build as CodeBuild's API describes it. */

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html, in order. */
export const PHASES = [
  'SUBMITTED',
  'QUEUED',
  'PROVISIONING',
  'DOWNLOAD_SOURCE',
  'INSTALL',
  'PRE_BUILD',
  'BUILD',
  'POST_BUILD',
  'UPLOAD_ARTIFACTS',
  'FINALIZING',
  'COMPLETED',
] as const;
export type Phase = (typeof PHASES)[number];

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html, `buildStatus`. */
export type BuildStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';

/** The end of a build that did not succeed: its status, its last phase, and the reason. */
export interface BuildFailure {
  readonly status: Exclude<BuildStatus, 'IN_PROGRESS' | 'SUCCEEDED'>;
  readonly phase: Phase;
  readonly message: string;
}

/** The part of a deployed project that a build needs. */
export interface Project {
  readonly name: string;
  readonly arn: string;
  readonly serviceRole: string;
  readonly timeoutInMinutes: number;
  readonly source: { readonly buildspec?: string };
  readonly environment: {
    readonly image?: string;
    readonly computeType?: string;
    readonly type?: string;
    readonly environmentVariables?: readonly Variable[];
  };
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
}

/** The part of StartBuild's request that the state machine uses. */
export interface StartBuildRequest {
  readonly projectName: string;
  readonly idempotencyToken?: string;
  readonly sourceTypeOverride?: string;
  readonly sourceLocationOverride?: string;
  readonly timeoutInMinutesOverride?: number;
  readonly environmentVariablesOverride?: readonly Variable[];
  readonly computeTypeOverride?: string;
  readonly environmentTypeOverride?: string;
  readonly imageOverride?: string;
}

/** A build that the emulator orders: project and request, with credentials of the project's role. */
export interface Order {
  readonly project: Project;
  readonly request: StartBuildRequest;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly account: string;
  readonly region: string;
}

/** A build in a reply of `BatchGetBuilds`. Times are seconds since 1970. */
export interface BuildRecord {
  readonly id: string;
  readonly arn: string;
  readonly projectName: string;
  readonly startTime: number;
  endTime?: number;
  currentPhase: Phase;
  buildStatus: BuildStatus;
  buildComplete: boolean;
  readonly phases: PhaseRecord[];
  readonly serviceRole: string;
  readonly timeoutInMinutes: number;
  readonly environment: {
    readonly computeType?: string | undefined;
    readonly type?: string | undefined;
    readonly environmentVariables: readonly Variable[];
  };
  exportedEnvironmentVariables: readonly Variable[];
  readonly logs: { readonly groupName: string; readonly streamName: string; readonly deepLink: string };
}

interface PhaseRecord {
  readonly phaseType: Phase;
  phaseStatus?: BuildStatus;
  readonly startTime: number;
  endTime?: number;
  contexts?: readonly { readonly statusCode: string; readonly message: string }[];
}

/** Returns a new build. `now` is in ms since 1970. */
export function submittedBuild({ project, request, region, account }: Order, uuid: string, now: number): BuildRecord {
  const id = `${project.name}:${uuid}`;
  const group = `/aws/codebuild/${project.name}`;
  const link = `https://console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${group}/log-events/${uuid}`;
  return {
    id,
    arn: `arn:aws:codebuild:${region}:${account}:build/${id}`,
    projectName: project.name,
    startTime: now / 1000,
    currentPhase: 'SUBMITTED',
    buildStatus: 'IN_PROGRESS',
    buildComplete: false,
    phases: [{ phaseType: 'SUBMITTED', startTime: now / 1000 }],
    serviceRole: project.serviceRole,
    timeoutInMinutes: request.timeoutInMinutesOverride ?? project.timeoutInMinutes,
    environment: {
      computeType: request.computeTypeOverride ?? project.environment.computeType,
      type: request.environmentTypeOverride ?? project.environment.type,
      environmentVariables: request.environmentVariablesOverride ?? [],
    },
    exportedEnvironmentVariables: [],
    logs: { groupName: group, streamName: uuid, deepLink: link },
  };
}

/** Ends the current phase as succeeded, and begins the next one. */
export function enterPhase(build: BuildRecord, phase: Phase, now: number): void {
  endPhase(build, 'SUCCEEDED', now);
  build.currentPhase = phase;
  build.phases.push({ phaseType: phase, startTime: now / 1000 });
}

/** Ends the build; `failure` is undefined if it succeeded. Phases that the runner did not report have succeeded. */
export function endBuild(build: BuildRecord, failure: BuildFailure | undefined, now: number): void {
  const current = PHASES.indexOf(build.currentPhase);
  const last = PHASES.indexOf(failure?.phase ?? 'FINALIZING');
  const status = failure?.status ?? 'SUCCEEDED';
  for (const phase of PHASES.slice(current + 1, last + 1)) enterPhase(build, phase, now);
  endPhase(build, status, now, failure?.message);
  build.currentPhase = 'COMPLETED';
  build.phases.push({ phaseType: 'COMPLETED', startTime: now / 1000 });
  build.buildStatus = status;
  build.buildComplete = true;
  build.endTime = now / 1000;
}

function endPhase(build: BuildRecord, status: BuildStatus, now: number, message?: string): void {
  const last = build.phases.at(-1);
  if (last === undefined || last.endTime !== undefined) return;
  last.phaseStatus = status;
  last.endTime = now / 1000;
  if (message !== undefined) last.contexts = [{ statusCode: status, message }];
}
