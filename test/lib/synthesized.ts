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

/** The folders of this file's apps. */
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An app without bundles, and without what takes seconds and no test looks at: validation, tree, and the places in the source. */
export function quickApp(context: Readonly<Record<string, unknown>> = {}): App {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesized-'));
  folders.push(outdir);
  return new App({
    outdir,
    context: { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true, ...context },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
}

function synthesized<Result>(
  { settings = {}, stages = STAGES, images = ['auth', 'restapi'], modules = [] }: StackInput,
  result: (app: App, stack: PipelineStack) => Result,
): Result {
  const app = quickApp();
  const parsed = parseSettings({ ...SETTINGS, ...settings });
  const stack = new PipelineStack(app, stackName(parsed), {
    settings: parsed,
    stages,
    images,
    modules,
  });
  return result(app, stack);
}
