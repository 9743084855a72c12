/** Parses the parameters of `codebuild:startBuild.sync`, as strictly as CodeBuild and the build roles would. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { CodeBuildMachine } from '../../core/contract/job';
import { COMMAND_ENV, JOB_ENV, MACHINE_JOB_ENV, MODULE_JOB_ENV } from '../../core/contract/job-environment';
import { codeBuildMachines } from '../../core/image/build-images';

/** The parameters of images and modules. */
const shared = {
  ProjectName: z.string().min(1),
  SourceTypeOverride: z.literal('S3'),
  SourceLocationOverride: z
    .string()
    .regex(/^[^/]*\/.*\/$/s, 'must be a folder: bucket/path/, or a path on this machine'),
  TimeoutInMinutesOverride: z.int().min(5).max(2160),
  IdempotencyToken: z.string().min(1).max(64),
};

const machine = { ComputeTypeOverride: z.string(), EnvironmentTypeOverride: z.string(), ImageOverride: z.string() };

/** Reserved capacity. Here, this machine builds everything. */
const fleet = { FleetOverride: z.strictObject({ FleetArn: z.string().min(1).optional() }).optional() };

type Names = Readonly<Record<string, string>>;

type Values<Of extends Names> = Readonly<Record<Of[keyof Of], string>>;

/** A job as the state machine starts it. */
interface StartedJob<Kind extends string, Of extends Names> {
  readonly kind: Kind;
  readonly projectName: string;
  readonly variables: Values<Of>;
  /** The folder whose files are copied into the job's working folder. */
  readonly source: string;
  readonly timeoutMinutes: number;
  readonly token: string;
}

/** CodeBuild would build images on `machine`; here this machine builds everything. */
type StartedImageJob<Kind extends string, Of extends Names> = StartedJob<Kind, Of> & {
  readonly machine: CodeBuildMachine;
};

/** A job of one image, of several images on one machine, of a module, or of a command. */
export type StartBuildParameters =
  | StartedImageJob<'image', typeof JOB_ENV>
  | StartedImageJob<'machine', typeof MACHINE_JOB_ENV>
  | StartedJob<'module', typeof MODULE_JOB_ENV>
  | StartedJob<'command', typeof COMMAND_ENV>;

/** Returns the job. Throws `CodeBuild.InvalidInputException`, as CodeBuild calls it, with all problems. */
export function parseStartBuildParameters(value: unknown): StartBuildParameters {
  if (names(value, COMMAND_ENV.name)) return parsed(jobSchema('command', COMMAND_ENV), value);
  if (names(value, MODULE_JOB_ENV.module)) return parsed(jobSchema('module', MODULE_JOB_ENV), value);
  if (names(value, MACHINE_JOB_ENV.list)) return parsed(imageJobSchema('machine', MACHINE_JOB_ENV), value);
  return parsed(imageJobSchema('image', JOB_ENV), value);
}

function jobSchema<Kind extends string, Of extends Names>(kind: Kind, names: Of) {
  return z
    .strictObject({ ...shared, EnvironmentVariablesOverride: variables(names) })
    .transform((given): StartedJob<Kind, Of> => jobOf(kind, given.EnvironmentVariablesOverride, given));
}

/** Only jobs of images name their machine. */
function imageJobSchema<Kind extends string, Of extends Names>(kind: Kind, names: Of) {
  return z
    .strictObject({ ...shared, EnvironmentVariablesOverride: variables(names), ...machine, ...fleet })
    .superRefine(refuseOtherMachines)
    .transform((given) => ({
      ...jobOf(kind, given.EnvironmentVariablesOverride, given),
      machine: machineIn(given),
    }));
}

function jobOf<Kind extends string, Of extends Names>(
  kind: Kind,
  variables: Values<Of>,
  given: z.infer<z.ZodObject<typeof shared>>,
): StartedJob<Kind, Of> {
  return {
    kind,
    projectName: given.ProjectName,
    variables,
    source: given.SourceLocationOverride,
    timeoutMinutes: given.TimeoutInMinutesOverride,
    token: given.IdempotencyToken,
  };
}

/** True if the variable is among those of the job. */
function names(value: unknown, name: string): boolean {
  const given = Object(value).EnvironmentVariablesOverride;
  return Array.isArray(given) && given.some((variable) => Object(variable).Name === name);
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`);
  throw invalidInput(`a build cannot be started with these parameters: ${problems.join('; ')}`);
}

/** Returns a schema for exactly the variables of these names, each once. */
function variables<Of extends Names>(names: Of) {
  const known = Object.values(names);
  const Variable = z.strictObject({
    Name: z.enum(known),
    Value: z.string(),
    // PARAMETER_STORE and SECRETS_MANAGER would replace a value of the input by a secret.
    Type: z.literal('PLAINTEXT'),
  });
  return z
    .array(Variable)
    .superRefine((given, context) => {
      for (const name of known) {
        const count = given.filter((variable) => variable.Name === name).length;
        if (count === 1) continue;
        context.addIssue({ code: 'custom', message: `${name} is set ${count} times; set it once` });
      }
    })
    .transform((given) => Object.fromEntries(given.map(({ Name, Value }) => [Name, Value])) as Values<Of>);
}

/** Settings may name any image of CodeBuild itself. Those for ARM have `aarch64` in their names. */
function isMachine({ environmentImage, ...machine }: CodeBuildMachine): boolean {
  const isArm = environmentImage.includes('aarch64');
  return (
    /^aws\/codebuild\//.test(environmentImage) &&
    isArm === (machine.environmentType === 'ARM_CONTAINER') &&
    codeBuildMachines().some(({ environmentImage: _, ...known }) => isDeepStrictEqual(known, machine))
  );
}

type MachineOverrides = Readonly<Record<keyof typeof machine, string>>;

function refuseOtherMachines(parameters: MachineOverrides, context: z.RefinementCtx): void {
  if (isMachine(machineIn(parameters))) return;
  const message = `${Object.values(machineIn(parameters)).join(', ')} is not a machine that a job can use`;
  context.addIssue({ code: 'custom', path: ['ImageOverride'], message });
}

function machineIn(parameters: MachineOverrides): CodeBuildMachine {
  return {
    computeType: parameters.ComputeTypeOverride,
    environmentType: parameters.EnvironmentTypeOverride,
    environmentImage: parameters.ImageOverride,
  } as CodeBuildMachine;
}

/** Returns the error that the state machine gets when CodeBuild refuses a request. */
export function invalidInput(message: string): Error {
  const error = new Error(message);
  error.name = 'CodeBuild.InvalidInputException';
  return error;
}
