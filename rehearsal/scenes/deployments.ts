/** What happens to the stack itself: updates, the command line, removal. */
import { readTags } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect, expectSame } from '../failure';
import { MORE_STAGES, NAMESPACE, settings } from '../monorepo';
import type { Scene } from './scene';

export const update: Scene = {
  name: 'update',
  title: 'a deployment with a new stage while a run is open; then a run with that stage',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    world.repository.commit('main', { 'ngui/index.html': `<html>${Date.now()}</html>\n` });
    const release = world.machine.hold('ngui');
    const builds = world.machine.orders.length;
    const arn = await world.start({ action: 'release', version: 'v3.0.0', ref: 'main' });
    let values = '';
    try {
      await eventually(async () => world.machine.orders.length > builds || undefined, 60_000);
      const app = { settings: settings(world.github.apiUrl), catalog: MORE_STAGES.catalog };
      const assembly = await world.cdk.synth('more-stages', app);
      const before = world.stack.outputs;
      world.stack = { ...world.stack, assembly, outputs: await world.cdk.deploy(assembly) };
      expectSame(world.stack.outputs, before, 'the outputs after the update: nothing may be replaced');
    } finally {
      release();
    }
    const open = await world.succeeded(arn);
    expectSame(open.version, 'v3.0.0', 'the version of the run that was open');
    values = world.repository.git('show', 'main:chart/values-staging.yaml');
    world.repository.commit('main', {
      ...MORE_STAGES.files,
      'pipeline.yaml': MORE_STAGES.catalog,
      'chart/values-staging.yaml': `${values}\nbumblebi: { image: { tag: v1.3.0 } }\n`,
    });
    const report = await world.succeeded(await world.start({ action: 'release', version: 'v3.1.0', ref: 'main' }));
    expectSame(report.totals.build, 1, 'builds of the new stage');
    return ['no resource replaced', 'the open run ended as it was planned', 'a build in the new stage'];
  },
};

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
    const files = [
      '--settings',
      `${world.stack.assembly}.settings.json`,
      '--catalog',
      `${world.stack.assembly}.catalog.yaml`,
    ];
    const doctor = await world.pipeline('doctor', '--json', '--stack', world.stack.name, ...files);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; state: string; text: string }[] };
    const state = (check: string) => findings.find((finding) => finding.check === check)?.state;
    expectSame(
      ['AWS credentials', 'CDK bootstrap', 'stack', 'secret of the git host', 'secret of the webhook'].map(state),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
      `what pipeline doctor says of the account (${doctor.stdout})`,
    );
    return ['a release followed to its end', 'the list of runs', 'doctor: credentials, bootstrap, stack, secrets'];
  },
};

export const destroy: Scene = {
  name: 'destroy',
  title: 'cdk destroy: what was released stays',
  inCi: true,
  endsStack: true,
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
    const objects = await world.aws<{ KeyCount?: number; Contents?: unknown[] }>(
      's3api',
      'list-objects-v2',
      '--bucket',
      bucket,
    );
    expect((objects.Contents?.length ?? 0) > 0, 'the object store is empty');
    return ['no stack left', 'images, claims and reports stay'];
  },
};
