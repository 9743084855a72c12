/** `npm run lint:template`: cfn-lint on the templates, and a validator of the Amazon States Language on the state machines in them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import validate from 'asl-validator';
import { CDK, PROJECT } from './deployment';
import { pythonEnvironment } from './emulator/python';
import { RehearsalError } from './failure';
import { STACK } from './monorepo';
import { HOME } from './prepare';
import { run } from './processes';
import { stateMachineDefinition, type Template } from './product';

const CONFIG = join(__dirname, 'emulator', 'cfn-lint.yaml');

/** Settings that give the template other resources or states than the default ones. */
const VARIANTS: Readonly<Record<string, object>> = {
  default: {},
  // More jobs at the same time than an Inline Map can run: Distributed Maps.
  distributed: { maxConcurrency: 60, stopAtFirstFailure: true },
  // Reserved capacity, also for machines that build several images.
  fleets: {
    builders: 60,
    fleets: [{ arn: 'arn:aws:codebuild:us-east-1:123456789012:fleet/images:0a1b2c3d', compute: 'medium' }],
  },
  // Logins, chats and approvals add secrets, functions and states.
  full: {
    git: { host: 'github', repository: 'team/monorepo', reader: 'token' },
    releases: { host: 'registry.example.com', namespace: 'team' },
    notices: { chats: ['slack', 'teams'], emails: ['team@example.com'] },
    environments: [
      { name: 'dev', values: 'chart/values-dev.yaml' },
      { name: 'production', values: 'chart/values.yaml', approval: { hours: 2 } },
    ],
    valuesFile: undefined,
  },
  // A rollout adds states, a function and a build project; here, all functions and projects are in a VPC.
  rollout: {
    environments: [
      {
        name: 'staging',
        values: 'chart/values-staging.yaml',
        deploy: { with: 'helm', chart: 'chart', release: 'shop', cluster: 'main', namespace: 'shop' },
        verify: {
          health: { url: 'https://shop.example.com/health', seconds: 10, headers: { cookie: { fromSecret: 'shop' } } },
          smoke: { script: 'checks/smoke.sh', minutes: 5 },
        },
        watch: { hours: 2, alarms: ['shop-errors'] },
        onFailure: 'rollback',
        then: 'production',
      },
      { name: 'production', values: 'chart/values.yaml' },
    ],
    releaseTag: { pattern: '{version}', environment: 'production' },
    network: { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] },
    valuesFile: undefined,
  },
};

/** Returns the problems of a state machine's definition, one line each. */
export function definitionProblems(definition: object): readonly string[] {
  // The validator changes the definition.
  const { errors } = validate(structuredClone(definition), { checkPaths: true, checkArn: false });
  return errors.map((error) => `${error['Error code']}: ${error.Message}`);
}

async function main(): Promise<number> {
  await mkdir(HOME, { recursive: true });
  const python = await pythonEnvironment(HOME);
  const folder = await mkdtemp(join(tmpdir(), 'templates-'));
  let problems = 0;
  try {
    const standard = JSON.parse(await readFile(join(PROJECT, 'pipeline.settings.json'), 'utf8')) as object;
    for (const [name, settings] of Object.entries(VARIANTS)) {
      const file = await synthesize(folder, name, { ...standard, stack: STACK, ...settings });
      const linted = await run(python.program('cfn-lint'), ['--config-file', CONFIG, '--', file]);
      const template = JSON.parse(await readFile(file, 'utf8')) as Template;
      const found = [
        ...linted.stdout.split('\n').filter(Boolean),
        ...definitionProblems(stateMachineDefinition(template)),
      ];
      if (linted.exitCode !== 0 && linted.stdout.trim() === '') found.push(linted.stderr.trim());
      for (const problem of found) process.stderr.write(`${name}: ${problem}\n`);
      const resources = Object.keys(template.Resources).length;
      process.stdout.write(`template ${name}: ${resources} resources, ${found.length} problems\n`);
      problems += found.length;
    }
    return problems === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function synthesize(folder: string, name: string, settings: object): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(settings));
  const output = join(folder, name);
  const options = ['--quiet', '--no-notices', '--output', output, '--context', `settings=${file}`];
  const { exitCode, stderr } = await run(process.execPath, [CDK, 'synth', ...options], { cwd: PROJECT });
  if (exitCode !== 0) throw new Error(`cdk synth ended with ${exitCode} for ${name}:\n${stderr.trim()}`);
  return join(output, `${STACK}.template.json`);
}

if (require.main === module) {
  main().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      process.stderr.write(`lint:template: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = error instanceof RehearsalError ? error.exitCode : 1;
    },
  );
}
