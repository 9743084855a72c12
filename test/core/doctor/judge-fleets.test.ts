/** What the doctor makes of reserved capacity, and of the setting `builders` beside the quotas. */
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { type BuildFleet, judgeFleets } from '../../../core/doctor/judge-fleets';
import { judgeBuilders, judgeBuildQuotas, judgeBuildSettings, type Quota } from '../../../core/doctor/judge-quotas';

const REGION = 'eu-central-1';
const ARN = `arn:aws:codebuild:${REGION}:123456789012:fleet/images:0a1b2c3d`;
const FLEET = { arn: ARN, compute: 'medium', architecture: 'x86_64' } as const;
const FOUND: BuildFleet = {
  arn: ARN,
  status: 'ACTIVE',
  computeType: 'BUILD_GENERAL1_MEDIUM',
  environmentType: 'LINUX_CONTAINER',
  machines: 2,
  overflows: false,
  vpcId: undefined,
};

const catalog = parseCatalog(`platform: v1.0.0
stages: [{ name: apps }]
services:
  a: { stage: apps, minutes: 10 }
  b: { stage: apps, minutes: 10 }
  c: { stage: apps, minutes: 10 }
  arm: { stage: apps, minutes: 5, platforms: [linux/arm64] }
`);

const judge = (found: Partial<BuildFleet>, settings: Partial<Parameters<typeof judgeFleets>[0]> = {}) =>
  judgeFleets(
    { fleets: [FLEET], builders: 2, network: undefined, ...settings },
    [{ ...FOUND, ...found }],
    REGION,
    catalog.services,
  )[0];

describe('a fleet', () => {
  test('that is active and of the kind of the settings is fine', () => {
    expect(judge({})).toEqual({
      check: 'fleet of medium x86_64 machines',
      state: 'ok',
      text: 'ACTIVE, at most 2 builds at a time; further ones wait',
    });
  });

  test('that does not exist, or is elsewhere, comes with the list of those that do', () => {
    const far = { ...FLEET, arn: ARN.replace(REGION, 'us-east-1') };
    const settings = { fleets: [FLEET, far], builders: undefined, network: undefined };

    expect(judgeFleets(settings, [], REGION, catalog.services)).toEqual([
      expect.objectContaining({ state: 'problem', text: `${ARN} does not exist in this account` }),
      expect.objectContaining({
        state: 'problem',
        text: `${far.arn} is in us-east-1, and the stack in eu-central-1`,
        fix: 'aws codebuild list-fleets --region eu-central-1',
      }),
    ]);
  });

  test.each([
    ['CREATING', /^wait until it is ACTIVE: aws codebuild batch-get-fleets --names arn:/],
    ['PENDING_DELETION', /^repair or replace it: aws codebuild batch-get-fleets --names arn:/],
  ])('that is %s takes no builds', (status, fix) => {
    expect(judge({ status })).toMatchObject({
      state: 'problem',
      text: `${ARN} is ${status}, so that builds on it do not start`,
      fix: expect.stringMatching(fix),
    });
  });

  test.each([
    { computeType: 'BUILD_GENERAL1_LARGE' },
    { computeType: 'ATTRIBUTE_BASED_COMPUTE' },
    { environmentType: 'ARM_CONTAINER' },
    { environmentType: 'LINUX_EC2' },
  ])('of another kind, %j, is refused with both kinds', (other) => {
    const { computeType, environmentType } = { ...FOUND, ...other };

    expect(judge(other)).toMatchObject({
      state: 'problem',
      text: `has ${environmentType} ${computeType} machines, and the settings say LINUX_CONTAINER BUILD_GENERAL1_MEDIUM`,
      fix: expect.stringContaining('--environment-type LINUX_CONTAINER --compute-type BUILD_GENERAL1_MEDIUM'),
    });
  });

  test('outside of the VPC of the settings is refused, because CodeBuild ignores that of the project', () => {
    const network = { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] };

    expect(judge({ vpcId: 'vpc-1' }, { network })?.state).toBe('ok');
    expect(judge({ vpcId: 'vpc-2' }, { network })?.text).toBe('its machines are in vpc-2, and network is vpc-1');
    expect(judge({}, { network })?.fix).toContain(
      '--vpc-config vpcId=vpc-1,subnets=subnet-1,subnet-2,securityGroupIds=sg-1',
    );
  });

  test('with fewer machines than builders counts on is told, unless further builds run on demand', () => {
    expect(judge({}, { builders: 60 })).toMatchObject({
      state: 'problem',
      text: 'runs 2 builds at a time, and the setting builders counts on 3',
      fix: `set builders to 2, or aws codebuild update-fleet --arn ${ARN} --base-capacity 3 --region ${REGION}`,
    });
    expect(judge({ overflows: true }, { builders: 60 })).toMatchObject({
      state: 'ok',
      text: 'ACTIVE, at most 2 builds at a time; further ones run on demand',
    });
    expect(judge({}, { builders: undefined })?.state).toBe('ok');
  });

  test('with several problems has all of them, each with its cure', () => {
    const { text, fix } = judge({ status: 'CREATE_FAILED', environmentType: 'LINUX_EC2' }) ?? { text: '' };

    expect(text).toMatch(/is CREATE_FAILED.*; has LINUX_EC2/);
    expect(fix).toMatch(/^repair or replace it.*; name a fleet with/);
  });
});

const quota = (value: number, kind = 'Linux/Medium'): Quota => ({
  service: 'codebuild',
  code: `L-${kind}`,
  name: `Concurrently running builds for ${kind} environment`,
  value,
});

describe('the setting machineSize', () => {
  const found = (settings: object, ...quotas: readonly Quota[]) =>
    judgeBuildSettings(catalog, { machineSize: 'recorded', ...settings }, quotas, REGION);

  test('with fewer builds at a time on another size is told, with the request for more', () => {
    expect(found({}, quota(9), quota(1, 'Linux/Small'), quota(3, 'Linux/Large'))).toEqual([
      {
        check: 'setting machineSize',
        state: 'problem',
        text: 'is recorded, and the account runs 1 Linux/Small builds at a time instead of 3, so that images on machines of that size wait for each other',
        fix: 'set machineSize to catalog, or aws service-quotas request-service-quota-increase --service-code codebuild --quota-code L-Linux/Small --desired-value 3 --region eu-central-1',
      },
    ]);
  });

  test.each<[string, object, readonly Quota[]]>([
    ['is catalog', { machineSize: 'catalog' }, [quota(9), quota(1, 'Linux/Small')]],
    ['has no more builds at a time on the usual size', {}, [quota(1), quota(1, 'Linux/Small')]],
    ['meets builders that are as few', { builders: 1 }, [quota(9), quota(1, 'Linux/Small')]],
    ['leaves all images on a fleet', { fleets: [FLEET] }, [quota(9), quota(1, 'Linux/Small')]],
    ['meets a size without a quota', {}, [quota(9)]],
  ])('causes no finding if it %s', (_, settings, quotas) => {
    expect(found(settings, ...quotas).filter(({ check }) => check === 'setting machineSize')).toEqual([]);
  });
});

describe('the setting builders', () => {
  test('above the quota of a machine is told, with the lower number and the request for more', () => {
    expect(judgeBuilders(catalog, { builders: 60 }, [quota(2), quota(5, 'ARM/Medium')], REGION)).toEqual([
      {
        check: 'setting builders',
        state: 'problem',
        text: 'is 60, and the account runs 2 Linux/Medium builds at a time for 3 images, so that shared machines can make runs longer',
        fix: 'set builders to 2, or aws service-quotas request-service-quota-increase --service-code codebuild --quota-code L-Linux/Medium --desired-value 3 --region eu-central-1',
      },
    ]);
  });

  test.each<[string, { builders?: number; fleets?: readonly (typeof FLEET)[] }, readonly Quota[]]>([
    ['is not set', {}, [quota(1)]],
    ['is the quota', { builders: 2 }, [quota(2)]],
    ['is above a quota that all images of the machine fit into', { builders: 60 }, [quota(3), quota(1, 'ARM/Medium')]],
    ['meets a fleet, which has its own finding', { builders: 60, fleets: [FLEET] }, [quota(1)]],
    ['meets a quota that AWS does not name, which has its own finding', { builders: 60 }, []],
  ])('causes no finding if it %s', (_, settings, quotas) => {
    expect(judgeBuilders(catalog, settings, quotas, REGION)).toEqual([]);
  });

  test('leaves the quota of a machine that has a fleet unjudged', () => {
    const quotas = [quota(1), quota(5, 'ARM/Medium')];

    expect(judgeBuildQuotas(catalog, 20, quotas, REGION, [FLEET]).map(({ check }) => check)).toEqual([
      'quota ARM/Medium builds',
    ]);
  });
});
