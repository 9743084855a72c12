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

const ImageParameters = z
  .strictObject({ ...shared, EnvironmentVariablesOverride: variables(JOB_ENV), ...machine, ...fleet })
  .superRefine(refuseOtherMachines);

const MachineParameters = z
  .strictObject({ ...shared, EnvironmentVariablesOverride: variables(MACHINE_JOB_ENV), ...machine, ...fleet })
  .superRefine(refuseOtherMachines);

const ModuleParameters = z.strictObject({ ...shared, EnvironmentVariablesOverride: variables(MODULE_JOB_ENV) });

const CommandParameters = z.strictObject({ ...shared, EnvironmentVariablesOverride: variables(COMMAND_ENV) });

type Values<Names extends Readonly<Record<string, string>>> = Readonly<Record<Names[keyof Names], string>>;

/** A job as the state machine starts it. */
interface StartedJob<Kind extends string, Names extends Readonly<Record<string, string>>> {
  readonly kind: Kind;
  readonly projectName: string;
  readonly variables: Values<Names>;
  /** The folder whose files are copied into the job's working folder. */
  readonly source: string;
  readonly timeoutMinutes: number;
  readonly token: string;
}

/** The job of an image. CodeBuild would build it on `machine`; here this machine builds everything. */
export interface ImageParameters extends StartedJob<'image', typeof JOB_ENV> {
  readonly machine: CodeBuildMachine;
}
/** The job of several images on one machine. */
export interface MachineParameters extends StartedJob<'machine', typeof MACHINE_JOB_ENV> {
  readonly machine: CodeBuildMachine;
}
export type ModuleParameters = StartedJob<'module', typeof MODULE_JOB_ENV>;
export type CommandParameters = StartedJob<'command', typeof COMMAND_ENV>;
export type StartBuildParameters = ImageParameters | MachineParameters | ModuleParameters | CommandParameters;

/** Returns the job. Throws `CodeBuild.InvalidInputException`, as CodeBuild calls it, with all problems. */
export function parseStartBuildParameters(value: unknown): StartBuildParameters {
  if (names(value, COMMAND_ENV.name)) {
    const { EnvironmentVariablesOverride, ...parameters } = parsed(CommandParameters, value);
    return { kind: 'command', variables: EnvironmentVariablesOverride, ...jobOf(parameters) };
  }
  if (names(value, MODULE_JOB_ENV.module)) {
    const { EnvironmentVariablesOverride, ...parameters } = parsed(ModuleParameters, value);
    return { kind: 'module', variables: EnvironmentVariablesOverride, ...jobOf(parameters) };
  }
  if (names(value, MACHINE_JOB_ENV.list)) {
    const { EnvironmentVariablesOverride, ...parameters } = parsed(MachineParameters, value);
    return {
      kind: 'machine',
      variables: EnvironmentVariablesOverride,
      machine: machineIn(parameters),
      ...jobOf(parameters),
    };
  }
  const { EnvironmentVariablesOverride, ...parameters } = parsed(ImageParameters, value);
  return {
    kind: 'image',
    variables: EnvironmentVariablesOverride,
    machine: machineIn(parameters),
    ...jobOf(parameters),
  };
}

function jobOf(parameters: z.infer<z.ZodObject<typeof shared>>) {
  return {
    projectName: parameters.ProjectName,
    source: parameters.SourceLocationOverride,
    timeoutMinutes: parameters.TimeoutInMinutesOverride,
    token: parameters.IdempotencyToken,
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
function variables<Names extends Readonly<Record<string, string>>>(names: Names) {
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
    .transform((given) => Object.fromEntries(given.map(({ Name, Value }) => [Name, Value])) as Values<Names>);
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
