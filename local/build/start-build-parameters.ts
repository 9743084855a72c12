/** Reads what the state machine hands to `codebuild:startBuild.sync`, as strictly as CodeBuild and the build role would. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { CODE_BUILD_MACHINES, type CodeBuildMachine } from '../../core/build-machine';
import { JOB_ENV } from '../../core/job-env';

const JOB_NAMES = Object.values(JOB_ENV);

const Variable = z.strictObject({
  Name: z.enum(JOB_NAMES),
  Value: z.string(),
  // PARAMETER_STORE and SECRETS_MANAGER would make a secret out of a value that came with the input.
  Type: z.literal('PLAINTEXT'),
});

const ParametersSchema = z
  .strictObject({
    ProjectName: z.string().min(1),
    SourceTypeOverride: z.literal('S3'),
    SourceLocationOverride: z
      .string()
      .regex(/^[^/]*\/.*\/$/, 'must be a folder: bucket/path/, or a path on this machine'),
    EnvironmentVariablesOverride: z.array(Variable),
    TimeoutInMinutesOverride: z.int().min(5).max(2160),
    ComputeTypeOverride: z.string(),
    EnvironmentTypeOverride: z.string(),
    ImageOverride: z.string(),
    IdempotencyToken: z.string().min(1).max(64),
  })
  .superRefine(({ EnvironmentVariablesOverride: variables, ...machine }, context) => {
    if (!CODE_BUILD_MACHINES.some((known) => isDeepStrictEqual(known, machineIn(machine)))) {
      const message = `${Object.values(machineIn(machine)).join(', ')} is no machine that a job can be given`;
      context.addIssue({ code: 'custom', path: ['ImageOverride'], message });
    }
    for (const name of JOB_NAMES) {
      const count = variables.filter((variable) => variable.Name === name).length;
      if (count === 1) continue;
      const message = `${name} is there ${count} times; it must be there once`;
      context.addIssue({ code: 'custom', path: ['EnvironmentVariablesOverride'], message });
    }
  });

function machineIn(parameters: {
  readonly ComputeTypeOverride: string;
  readonly EnvironmentTypeOverride: string;
  readonly ImageOverride: string;
}) {
  return {
    computeType: parameters.ComputeTypeOverride,
    environmentType: parameters.EnvironmentTypeOverride,
    environmentImage: parameters.ImageOverride,
  };
}

/** A job as the state machine starts it. */
export interface StartBuildParameters {
  readonly projectName: string;
  readonly variables: Readonly<Record<(typeof JOB_ENV)[keyof typeof JOB_ENV], string>>;
  /** The folder whose files the job finds in its own. */
  readonly source: string;
  /** What CodeBuild would build on; here everything is built on the one machine that there is. */
  readonly machine: CodeBuildMachine;
  readonly timeoutMinutes: number;
  readonly token: string;
}

/** Throws an error with CodeBuild's name for it, `CodeBuild.InvalidInputException`, that lists all problems. */
export function parseStartBuildParameters(value: unknown): StartBuildParameters {
  const result = ParametersSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`);
    throw invalidInput(`a build cannot be started with these parameters: ${problems.join('; ')}`);
  }
  const { ProjectName, EnvironmentVariablesOverride, TimeoutInMinutesOverride, IdempotencyToken } = result.data;
  return {
    projectName: ProjectName,
    source: result.data.SourceLocationOverride,
    variables: Object.fromEntries(
      EnvironmentVariablesOverride.map((variable) => [variable.Name, variable.Value]),
    ) as StartBuildParameters['variables'],
    machine: machineIn(result.data) as CodeBuildMachine,
    timeoutMinutes: TimeoutInMinutesOverride,
    token: IdempotencyToken,
  };
}

/** An error as the state machine sees it when CodeBuild refuses a request. */
export function invalidInput(message: string): Error {
  const error = new Error(message);
  error.name = 'CodeBuild.InvalidInputException';
  return error;
}
