/** Scenes of the stack itself: updates, the command line, removal. */
import { readTags } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect, expectSame } from '../failure';
import { deployTemplateOf } from '../mistakes';
import { CATALOG, MORE_STAGES, NAMESPACE, settings } from '../monorepo';
import { putGitToken } from '../prepare';
import { deploySettings, type Scene } from './scene';

export const update: Scene = {
  name: 'update',
  title: 'a deployment with a new stage while a run is open; then a run with that stage',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    // An earlier scene may have added a function. An open run keeps its state machine, so that an update must not remove one.
    await deploySettings(world, 'fewest-functions');
    world.repository.commit('main', { 'ngui/index.html': `<html>${Date.now()}</html>\n` });
    const release = world.machine.hold('ngui');
    const builds = world.machine.orders.length;
    const arn = await world.start({ action: 'release', version: 'v3.0.0', ref: 'main' });
    try {
      await eventually(async () => world.machine.orders.length > builds || undefined, 60_000);
      const app = { settings: world.stack.settings, catalog: MORE_STAGES.catalog };
      const assembly = await world.cdk.synth('more-stages', app);
      const before = world.stack.outputs;
      world.stack = { ...world.stack, assembly, outputs: await world.cdk.deploy(assembly) };
      expectSame(world.stack.outputs, before, 'the outputs after the update: nothing may be replaced');
    } finally {
      release();
    }
    const open = await world.succeeded(arn);
    expectSame(open.version, 'v3.0.0', 'the version of the run that was open');
    const values = world.repository.git('show', 'main:chart/values-staging.yaml');
    world.repository.commit('main', {
      ...MORE_STAGES.files,
      'pipeline.yaml': MORE_STAGES.catalog,
      'chart/values-staging.yaml': `${values}\nbumblebi: { image: { tag: v1.3.0 } }\n`,
    });
    const report = await world.succeeded(await world.start({ action: 'release', version: 'v3.1.0', ref: 'main' }));
    expectSame(report.totals.build, 1, 'builds of the new stage');
    return ['no resource replaced', 'the open run ended as planned', 'a build in the new stage'];
  },
};

/** The number of the first user's images. */
const MANY = 73;

export const newAccount: Scene = {
  name: 'new-account',
  title: 'a release with 73 new images in an account that may run one build at a time',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const names = Array.from({ length: MANY }, (_, index) => `many${index}`);
    const show = (path: string) => world.repository.git('show', `main:${path}`);
    const services = names.map((name) => `  ${name}: { path: ${name}, stage: apps }\n`);
    const tags = names.map((name) => `${name}: { image: { tag: v1.3.0 } }\n`);
    const folders = names.flatMap((name) => [
      [`${name}/Dockerfile`, `FROM scratch\nCOPY ${name}/main.py /\n`],
      [`${name}/main.py`, `print("${name}")\n`],
    ]);
    world.repository.commit('main', {
      'pipeline.yaml': `${show('pipeline.yaml')}\n${services.join('')}`,
      'chart/values-staging.yaml': `${show('chart/values-staging.yaml')}\n${tags.join('')}`,
      ...Object.fromEntries(folders),
    });
    const before = world.machine.counts.refused;
    world.machine.quota = 1;
    try {
      const report = await world.succeeded(await world.start({ action: 'release', version: 'v5.0.0', ref: 'main' }));
      expect(report.totals.build >= MANY, `only ${report.totals.build} images were built`);
      const refused = world.machine.counts.refused - before;
      expect(refused > 0, 'CodeBuild refused no start, so that the scene showed nothing');
      return [`${report.totals.build} builds one at a time`, `${refused} starts refused and retried`, 'released'];
    } finally {
      world.machine.quota = 60;
    }
  },
};

export const deployAgain: Scene = {
  name: 'deploy-again',
  title: 'a deployment after destroy: refused at first; then it imports the candidate repository',
  inCi: false,
  after: ['destroy'],
  play: async (world) => {
    const { exitCode, stdout, stderr } = await world.cdk.tryDeploy(world.stack.assembly);
    expect(exitCode !== 0 && /already exists/.test(stdout + stderr), `cdk deploy ended with ${exitCode}: ${stderr}`);
    // CloudFormation keeps a stack whose first deployment failed until it is deleted or deployed again.
    const outputs = await world.cdk.deploy(world.stack.assembly, '--import-existing-resources');
    world.stack = { ...world.stack, outputs };
    await putGitToken(world);
    const report = await world.succeeded(await world.start({ action: 'release', version: 'v6.0.0', ref: 'main' }));
    expectSame(report.totals.build, 0, 'builds after the repository was imported');
    return ['refused while the repository exists', 'the repository imported', 'a release without a build'];
  },
};

export const firstFails: Scene = {
  name: 'first-fails',
  title: 'a first deployment that fails and rolls back; the same deployment again',
  inCi: false,
  endsStack: true,
  after: ['destroy'],
  play: async (world) => {
    await world.cdk.destroy(world.stack.assembly); // `deploy-again` may have deployed it
    const candidates = { host: 'ecr', repository: 'candidates-again' };
    const app = { settings: settings(world.github.apiUrl, { candidates }), catalog: MORE_STAGES.catalog };
    const assembly = await world.cdk.synth('first-again', app);
    await world.aws('ecr', 'create-repository', '--repository-name', 'in-the-way');
    const failure = await deployTemplateOf(world, assembly, blocked).then(
      () => 'the deployment did not fail',
      (error: Error) => error.message,
    );
    expect(/Failed to create/.test(failure), `the first deployment did not fail as planned: ${failure}`);
    const left = await world.aws<{ repositories: { repositoryName: string }[] }>('ecr', 'describe-repositories');
    const names = left.repositories.map(({ repositoryName }) => repositoryName);
    expect(
      !names.includes('candidates-again'),
      'the rollback left the candidate repository, which blocks the next deployment',
    );
    world.stack = { ...world.stack, assembly, outputs: await world.cdk.deploy(assembly) };
    expect(world.stack.outputs.StateMachineArn !== undefined, 'the second deployment has no state machine');
    await world.cdk.destroy(assembly);
    return ['rolled back with nothing left', 'deployed again'];
  },
};

export const twoStacks: Scene = {
  name: 'two-stacks',
  title: 'a second pipeline in the same account and region; its removal leaves the first alone',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const before = await readTags(world);
    const candidates = { host: 'ecr', repository: 'second-candidates' };
    const releases = { host: 'ecr', namespace: 'second' };
    const app = {
      settings: settings(world.github.apiUrl, { stack: 'Second', candidates, releases }),
      catalog: CATALOG,
    };
    const assembly = await world.cdk.synth('second', app);
    const outputs = await world.cdk.deploy(assembly);
    const shared = Object.entries(outputs).filter(([name, value]) => world.stack.outputs[name] === value);
    expectSame(shared, [], 'outputs that both stacks have');
    await world.cdk.destroy(assembly);
    await world.succeeded(await world.start({ action: 'release', version: 'v4.5.0', ref: 'main', dryRun: true }));
    const released = [...before.keys()].filter((tag) => tag.startsWith(`${NAMESPACE}/`));
    const after = await readTags(world);
    expectSame(
      released.filter((tag) => !after.has(tag)),
      [],
      'images of the first stack that are gone',
    );
    return ['two stacks with nothing in common', 'the first works after the second is removed'];
  },
};

/** Adds a repository whose name exists already to the template. It is created after all other repositories. */
function blocked(template: string): string {
  const parsed = JSON.parse(template) as { Resources: Record<string, { readonly Type: string }> };
  const named = Object.keys(parsed.Resources).filter((id) => parsed.Resources[id]?.Type === 'AWS::ECR::Repository');
  const Properties = { RepositoryName: 'in-the-way' };
  const InTheWay = { Type: 'AWS::ECR::Repository', Properties, DependsOn: named };
  return JSON.stringify({ ...parsed, Resources: { ...parsed.Resources, InTheWay } });
}

export const commands: Scene = {
  name: 'commands',
  title: 'pipeline start, status and doctor against the stack',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const started = await world.pipeline('start', 'release', '--version', 'v4.0.0', '--ref', 'main');
    expect(started.exitCode === 0, `pipeline start ended with ${started.exitCode}: ${started.stdout}${started.stderr}`);
    const status = await world.pipeline('status');
    expect(status.exitCode === 0 && status.stdout.includes('succeeded'), `pipeline status: ${status.stdout}`);
    const { name, assembly } = world.stack;
    const files = ['--settings', `${assembly}.settings.json`, '--catalog', `${assembly}.catalog.yaml`];
    const doctor = await world.pipeline('doctor', '--json', '--stack', name, ...files);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; state: string; text: string }[] };
    const state = (check: string) => findings.find((finding) => finding.check === check)?.state;
    expectSame(
      ['AWS credentials', 'CDK bootstrap', 'stack', 'secret of the git host', 'secret of the webhook'].map(state),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
      `the findings of pipeline doctor about the account (${doctor.stdout})`,
    );
    return ['a release followed to its end', 'the list of runs', 'doctor: credentials, bootstrap, stack, secrets'];
  },
};

export const destroy: Scene = {
  name: 'destroy',
  title: 'cdk destroy: released images stay',
  inCi: true,
  endsStack: true,
  after: ['release'],
  play: async (world) => {
    const released = [...(await readTags(world))].filter(([tag]) => tag.startsWith(`${NAMESPACE}/`));
    await world.cdk.destroy(world.stack.assembly);
    const { Stacks } = await world.aws<{ Stacks: { StackName: string }[] }>('cloudformation', 'describe-stacks');
    expectSame(
      Stacks.map(({ StackName }) => StackName),
      ['CDKToolkit'],
      'the stacks that are left',
    );
    const tags = await readTags(world);
    expectSame(
      released.filter(([tag, digest]) => tags.get(tag) !== digest),
      [],
      'released images that are gone',
    );
    const bucket = world.stack.outputs.StoreBucketName ?? '';
    const { Contents = [] } = await world.aws<{ Contents?: unknown[] }>('s3api', 'list-objects-v2', '--bucket', bucket);
    expect(Contents.length > 0, 'the object store is empty');
    return ['no stack left', 'images, claims and reports stay'];
  },
};
