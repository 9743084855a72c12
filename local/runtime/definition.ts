/** Synthesizes the CDK app in this process, and resolves the state machine's definition as CloudFormation would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { publishingModules, publishingStages } from '../../core/modules/plan-modules';
import { type JobSource, jobSource } from '../../core/planning/job-source';
import type { Settings } from '../../core/settings/schema';
import { stackName } from '../../core/settings/stack-name';
import { stepOf } from '../../lib/functions/node-lambda';
import { stagesAndModules } from '../../lib/image-pipeline';
import { PipelineStack } from '../../lib/pipeline';

type Json = Readonly<Record<string, unknown>>;

/** The part of a synthesized CloudFormation template that is read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Json }>>;
}

/** Values for CloudFormation's pseudo parameters. */
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'local-1',
  'AWS::AccountId': '000000000000',
  'AWS::URLSuffix': 'localhost',
  'AWS::StackName': 'local',
};

/** Returns the definition of the template's only state machine. It names resources `local:<logical id>`. */
export function stateMachineDefinition(template: Template): Json {
  const machines = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  const [machine] = machines;
  if (machine === undefined || machines.length > 1) {
    throw new Error(`the template has ${machines.length} state machines; the local runtime runs exactly one`);
  }
  const text = resolve(machine.Properties?.DefinitionString);
  if (typeof text !== 'string') throw new Error('the state machine has no DefinitionString');
  return JSON.parse(text) as Json;
}

/** Returns the logical id in a resolved name (`local:PlanFunction1234`), or undefined for another name. */
export function logicalIdOf(name: string): string | undefined {
  return /^local:(\w+)$/.exec(name)?.[1];
}

/** Resolves the intrinsic functions that the CDK writes into a definition. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const [name, argument] = only;
    if (name === 'Ref') return PSEUDO_PARAMETERS[String(argument)] ?? `local:${String(argument)}`;
    if (name === 'Fn::GetAtt' && Array.isArray(argument)) return `local:${String(argument[0])}`;
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => String(resolve(part))).join(separator);
    }
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
}

/** The state machine as it would be deployed. `functions` maps logical ids to step names (`plan`, `release`, ...). */
export interface SynthesizedPipeline {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly functions: ReadonlyMap<string, string>;
  readonly stages: readonly string[];
  /** The stages that publish modules. */
  readonly publishing: readonly string[];
  readonly jobs: JobSource;
}

/** The results of this process by settings and catalog, which decide them alone. */
const synthesized = new Map<string, SynthesizedPipeline>();

/**
 * Returns the state machine for the settings and the catalog, synthesized once in a process for all homes whose settings differ only in
 * folders and ports. The Lambda code is not bundled: the local runtime does not run it from the template.
 */
export function synthesizePipeline(settings: Settings, catalogText: string): SynthesizedPipeline {
  const anyHome = settingsOfAnyHome(settings);
  const key = JSON.stringify([anyHome, catalogText]);
  const known = synthesized.get(key) ?? synthesize(anyHome, catalogText);
  synthesized.set(key, known);
  return known;
}

/**
 * Replaces the folder of the repository, and ports of this machine. Functions get them as settings, so the state machine has none. Secrets of
 * builds concern machines of CodeBuild, and may be variables and files here.
 */
function settingsOfAnyHome(settings: Settings): Settings {
  const { valuesRepository } = settings;
  const values = valuesRepository && { ...valuesRepository, git: { host: 'local', path: '/values.git' } };
  const git = { host: 'local', path: '/repository.git' };
  const text = JSON.stringify({
    ...settings,
    buildSecrets: undefined,
    git,
    ...(values && { valuesRepository: values }),
  });
  return JSON.parse(text.replaceAll(/\b127\.0\.0\.1:\d+/g, '127.0.0.1:1')) as Settings;
}

function synthesize(settings: Settings, catalogText: string): SynthesizedPipeline {
  const catalog = parseCatalog(catalogText);
  const outdir = mkdtempSync(join(tmpdir(), 'pipeline-synth-')); // The CDK writes its result to disk.
  try {
    const template = synthesizeTemplate(settings, catalog, outdir);
    return {
      definition: stateMachineDefinition(template),
      functions: stepFunctions(template),
      stages: catalog.stages.map((stage) => stage.name),
      publishing: publishingStages(catalog),
      jobs: jobSource({
        ...settings,
        stages: catalog.stages,
        jobs: catalog.services.length + publishingModules(catalog).length,
      }),
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function synthesizeTemplate(settings: Settings, catalog: Catalog, outdir: string): Template {
  const app = new App({
    outdir,
    // Nothing is deployed here, and what is left out takes most of the time.
    context: { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
  const images = catalog.services.map(({ image }) => image);
  const stack = new PipelineStack(app, stackName(settings), { settings, images, ...stagesAndModules(catalog) });
  return app.synth().getStackByName(stack.stackName).template as Template;
}

/** Returns the functions of the template that run a step: `PlanFunction` runs `plan`. */
function stepFunctions(template: Template): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(template.Resources).flatMap(([id, { Type }]) => {
      const name = /^(\w+)Function$/.exec(id)?.[1];
      return Type === 'AWS::Lambda::Function' && name !== undefined ? [[id, stepOf(name)] as const] : [];
    }),
  );
}

/** Returns the step functions by the logical ids that the definition uses. */
export function bindSteps(
  functions: ReadonlyMap<string, string>,
  steps: Readonly<Record<string, (payload: never) => Promise<unknown>>>,
): ReadonlyMap<string, (payload: unknown) => Promise<unknown>> {
  return new Map(
    [...functions].flatMap(([logicalId, step]) => {
      const work = steps[step];
      return work === undefined ? [] : [[logicalId, (payload: unknown) => work(payload as never)] as const];
    }),
  );
}
