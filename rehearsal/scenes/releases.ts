/** Scenes of runs that people start: release, hotfix, dry run, rollback. */
import { GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { expect, expectSame } from '../failure';
import { CLUSTER_ACCOUNT, NAMESPACE, SERVICES, VALUES_FILES } from '../monorepo';
import type { Scene } from './scene';
import { expectNothingSince, headOf, snapshot, tagsIn } from './snapshot';

const { staging } = VALUES_FILES;
const all = (version: string) => Object.fromEntries(SERVICES.map((service) => [service, version]));

export const release: Scene = {
  name: 'release',
  title: 'a first release, started by start-execution; the same content released again without a build',
  inCi: true,
  play: async (world) => {
    const first = await world.succeeded(await world.start({ action: 'release', version: 'v1.4.0', ref: 'main' }));
    expectSame(first.totals, { build: 4, retag: 0, keep: 0 }, 'the totals of the first release');
    expectSame(tagsIn(world, 'main', staging), all('v1.4.0'), staging);
    expect(first.commit === headOf(world, 'main'), 'the commit of the report is not the head of main');
    const policy = new GetRepositoryPolicyCommand({ repositoryName: `${NAMESPACE}/${SERVICES[0]}` });
    const { policyText = '' } = await world.clients.ecr.send(policy);
    expect(policyText.includes(CLUSTER_ACCOUNT), `the clusters' account may not pull: ${policyText}`);
    const again = { action: 'release', version: 'v1.5.0', from: 'v1.4.0', ref: 'main' };
    const second = await world.succeeded(await world.start(again));
    expectSame(second.totals, { build: 0, retag: 4, keep: 0 }, 'the totals of the second release');
    expectSame(tagsIn(world, 'main', staging), all('v1.5.0'), staging);
    return ['four builds by the deployed buildspec', 'one commit each', 'four retags without a build', 'policies'];
  },
};

export const hotfix: Scene = {
  name: 'hotfix',
  title: 'a hotfix build of one service on a branch of its own',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    world.repository.git('branch', 'hotfix/login', 'main');
    world.repository.commit('hotfix/login', { 'auth/main.py': 'print("fixed")\n' });
    const input = { action: 'build', services: ['auth'], version: 'v1.5.0-hotfix-1', ref: 'hotfix/login' };
    const report = await world.succeeded(await world.start(input));
    expectSame(report.totals, { build: 1, retag: 0, keep: 0 }, 'the totals of the hotfix');
    const wanted = { ...all('v1.5.0'), auth: 'v1.5.0-hotfix-1' };
    expectSame(tagsIn(world, 'hotfix/login', staging), wanted, staging);
    return ['one build', 'one service updated, on its branch'];
  },
};

export const dryRun: Scene = {
  name: 'dry-run',
  title: 'a dry run of a release; bad input',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    world.repository.commit('main', { 'ngui/index.html': '<html>dry</html>\n' });
    const before = await snapshot(world, 'main');
    const input = { action: 'release', version: 'v1.6.0', ref: 'main', dryRun: true };
    const report = await world.succeeded(await world.start(input));
    expectSame(report.totals, { build: 1, retag: 3, keep: 0 }, 'the totals of the dry run');
    const bad = await world.ended(await world.start({ action: 'release', version: 'v1 6', ref: 7 }));
    expectSame([bad.status, bad.error], ['FAILED', 'InvalidInput'], 'the end of a run with bad input');
    await expectNothingSince(world, 'main', before);
    return ['a plan with one build', 'InvalidInput', 'nothing built, tagged or committed'];
  },
};

export const rollback: Scene = {
  name: 'rollback',
  title: 'a rollback to an earlier release',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const before = await snapshot(world, 'main');
    await world.succeeded(await world.start({ action: 'rollback', version: 'v1.4.0' }));
    expectSame(tagsIn(world, 'main', staging), all('v1.4.0'), staging);
    const { builds, versions } = await snapshot(world, 'main');
    expectSame({ builds, versions }, { builds: before.builds, versions: before.versions }, 'builds and tags');
    await world.succeeded(await world.start({ action: 'rollback', version: 'v1.5.0' }));
    expectSame(tagsIn(world, 'main', staging), all('v1.5.0'), staging);
    return ['back and forth', 'no build and no tag'];
  },
};
