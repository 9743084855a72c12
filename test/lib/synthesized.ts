/** The stack as tests look at it: synthesized in this process, without bundling. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Stage } from '../../core/catalog/model';
import { parseSettings } from '../../core/settings/parse-settings';
import type { SettingsInput } from '../../core/settings/schema';
import { stackName } from '../../core/settings/stack-name';
import { PipelineStack, type PublishedModule } from '../../lib/pipeline';

/** Settings of a deployment in its own account. */
export const SETTINGS: SettingsInput = {
  git: { host: 'github', repository: 'example/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'pipeline/candidates' },
};

export function stage(name: string, needs: readonly string[] = [], maxConcurrency?: number): Stage {
  return { name, title: `Stage ${name}`, needs, ...(maxConcurrency === undefined ? {} : { maxConcurrency }) };
}

/** The stages of the user's document: critical, workers and schedulers after tools, the others at once. */
export const STAGES: readonly Stage[] = [
  stage('tools'),
  stage('critical', ['tools']),
  stage('workers', ['tools']),
  stage('schedulers', ['tools']),
  stage('frontend'),
  stage('stable'),
];

export interface StackInput {
  readonly settings?: Partial<SettingsInput>;
  readonly stages?: readonly Stage[];
  readonly images?: readonly string[];
  readonly modules?: readonly PublishedModule[];
}

/** The template of the stack. */
export function synthesize(input: StackInput = {}): Template {
  return synthesized(input, (_, stack) => Template.fromStack(stack));
}

/** The app with the stack in it, as it is after synthesis. */
export function synthesizedApp(input: StackInput = {}): App {
  return synthesized(input, (app) => {
    app.synth();
    return app;
  });
}

function synthesized<Result>(
  { settings = {}, stages = STAGES, images = ['auth', 'restapi'], modules = [] }: StackInput,
  result: (app: App, stack: PipelineStack) => Result,
): Result {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesized-'));
  const app = new App({
    outdir,
    context: { 'aws:cdk:bundling-stacks': [] },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const parsed = parseSettings({ ...SETTINGS, ...settings });
  const stack = new PipelineStack(app, stackName(parsed), {
    settings: parsed,
    stages,
    images,
    modules,
  });
  try {
    return result(app, stack);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
