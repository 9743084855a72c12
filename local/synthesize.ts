/** Synthesizes the CDK app in this process and takes out what the local runtime runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Catalog } from '../core/catalog/catalog';
import { parseCatalog } from '../core/catalog/parse-catalog';
import { publishingModules, publishingStages } from '../core/modules/plan-modules';
import { type JobSource, jobSource } from '../core/plan/job-source';
import type { Settings } from '../core/settings';
import { PipelineStack } from '../lib/pipeline-stack';
import { stateMachineDefinition, type Template } from './definition';

/** The state machine as it would be deployed. `functions` maps logical ids to step names (`plan`, `release`, ...). */
export interface SynthesizedPipeline {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly functions: ReadonlyMap<string, string>;
  readonly stages: readonly string[];
  /** Those of them that publish modules. */
  readonly publishing: readonly string[];
  readonly jobs: JobSource;
}

/** Without bundling the Lambda code, which the local runtime does not run from the template. */
export function synthesizePipeline(settings: Settings, catalogText: string): SynthesizedPipeline {
  const catalog = parseCatalog(catalogText);
  const outdir = mkdtempSync(join(tmpdir(), 'pipeline-synth-')); // the CDK writes its result to disk
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
    context: { 'aws:cdk:bundling-stacks': [] },
    analyticsReporting: false,
    // Takes seconds, and checks for CloudFormation what is not deployed here.
    builtinCloudFormationValidation: false,
  });
  const { stages, services } = catalog;
  const images = services.map(({ image }) => image);
  const modules = publishingModules(catalog).map(({ publish }) => publish);
  const stack = new PipelineStack(app, 'ImagePipeline', { settings, stages, images, modules });
  return app.synth().getStackByName(stack.stackName).template as Template;
}

/** Every function of the template that runs a step: `PlanFunction` runs `plan`. */
function stepFunctions(template: Template): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(template.Resources).flatMap(([id, { Type }]) => {
      const name = /^(\w+)Function$/.exec(id)?.[1];
      return Type === 'AWS::Lambda::Function' && name !== undefined ? [[id, name.toLowerCase()] as const] : [];
    }),
  );
}
