/** Runs with reserved capacity: every image build gets the fleet of its machine, and nothing else does. */
import { codeBuildMachine } from '../../../../core/image/build-images';
import { machineJobs } from '../../../../core/planning/shared-machines';
import { parseStartBuildParameters } from '../../../../local/build/start-build-parameters';
import { stateMachineDefinition, type Template } from '../../../../local/runtime/definition';
import { synthesize } from '../../synthesized';
import { job, plan, run, serviceOf } from '../machine-run';

const ARN = 'arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d';
const fleets = [{ arn: ARN, compute: 'medium', architecture: 'x86_64' }] as const;

function definitionWith(settings: Parameters<typeof synthesize>[0] & object) {
  return stateMachineDefinition(synthesize(settings).toJSON() as Template);
}

const jobOn = (service: string, compute: 'medium' | 'small') => ({
  ...job(service),
  machine: codeBuildMachine({ compute, architecture: 'x86_64' }, {}, fleets),
});

async function started(
  definition: ReturnType<typeof definitionWith>,
  stages: object,
): Promise<readonly Record<string, unknown>[]> {
  const planned = () => plan({}, { stages: { ...plan({}).stages, ...stages } });
  const { payloads } = await run(planned, { definition });
  return payloads('Build') as Record<string, unknown>[];
}

test('an image is built on the fleet of its machine, and others on demand', async () => {
  const definition = definitionWith({ settings: { fleets: [...fleets] } });
  const builds = await started(definition, { tools: [jobOn('big', 'medium'), jobOn('small', 'small')] });

  const fleetOf = Object.fromEntries(builds.map((build) => [serviceOf(build), build.FleetOverride]));
  expect(fleetOf).toEqual({ big: { FleetArn: ARN }, small: {} });
  for (const build of builds) expect(() => parseStartBuildParameters(build)).not.toThrow();
});

test('images that share a machine are built on its fleet', async () => {
  const definition = definitionWith({ settings: { fleets: [...fleets], builders: 60 } });
  const images = { tools: ['a', 'b'].map((service) => jobOn(service, 'medium')) };
  const builds = await started(
    definition,
    machineJobs(images, [['a', 'b']], () => 'bucket/list.json'),
  );

  expect(builds[0]).toMatchObject({ FleetOverride: { FleetArn: ARN }, ComputeTypeOverride: 'BUILD_GENERAL1_MEDIUM' });
});

/** The parameters of all tasks that start a build, at any depth. */
function parametersIn(value: unknown): readonly Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Resource, Parameters } = value as { Resource?: unknown; Parameters?: Record<string, unknown> };
  const own = String(Resource).endsWith(':codebuild:startBuild.sync') && Parameters !== undefined ? [Parameters] : [];
  return [...own, ...Object.values(value).flatMap(parametersIn)];
}

test('only image builds have a fleet, and none without the setting', () => {
  const modules = [{ stage: 'tools' }];
  const without = parametersIn(definitionWith({ modules }));
  const builds = parametersIn(definitionWith({ modules, settings: { fleets: [...fleets] } }));

  expect(without.filter((parameters) => 'FleetOverride.$' in parameters)).toEqual([]);
  const ofImages = builds.filter((parameters) => 'ComputeTypeOverride.$' in parameters);
  expect(builds.length).toBe(ofImages.length + 1);
  expect(builds.filter((parameters) => 'FleetOverride.$' in parameters)).toEqual(ofImages);
});
