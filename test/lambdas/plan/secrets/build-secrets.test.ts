/** What the plan step says about secrets of builds, before anything is built. */
import { parseSettings } from '../../../../core/settings/parse-settings';
import { CATALOG } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push, settings } from '../plan-world';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:npm-a1b2c3';
const mounting = (options: string) => `FROM scratch\nRUN --mount=type=secret,id=npm${options} x\n`;
const naming = (secrets: string) => CATALOG.replace('path: auth', `path: auth, secrets: ${secrets}`);

let world: PlanWorld;
beforeEach(() => {
  world = makePlanWorld();
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

async function planned(files: Readonly<Record<string, string>>, buildSecrets: Record<string, string> = { npm: ARN }) {
  const commit = world.repository.commit('develop', files);
  Object.assign(world.dependencies, { settings: parseSettings({ ...settings, buildSecrets }) });
  return world.plan(push(commit));
}

test('a secret that the settings do not have is refused, with what they have', async () => {
  const run = planned({ 'pipeline.yaml': naming('[npm, gem]') });
  await expect(run).rejects.toThrow("services.auth.secrets: the setting buildSecrets has no 'gem' (it has npm)");
});

test('a mount that cannot do without its secret is refused', async () => {
  const run = planned({ 'auth/Dockerfile': mounting(',required=true') });
  await expect(run).rejects.toThrow('auth/Dockerfile:2 mounts the secret npm, which the build does not get');
});

test('a mount that can is a warning, beside others', async () => {
  const { warnings } = await planned({ 'auth/Dockerfile': mounting('') });
  expect(warnings).toEqual([expect.stringContaining('auth/Dockerfile:2 mounts the secret npm')]);
});

test('a given secret is neither, and neither plan nor job has its place', async () => {
  const files = { 'pipeline.yaml': naming('[npm]'), 'auth/Dockerfile': mounting(',required=true') };
  const plan = await planned(files);
  expect(plan).not.toHaveProperty('warnings');
  expect(JSON.stringify(plan)).not.toContain('arn:aws');
});

test('another place builds nothing', async () => {
  const files = { 'pipeline.yaml': naming('[npm]'), 'auth/Dockerfile': mounting('') };
  const digestOf = (plan: Awaited<ReturnType<typeof planned>>) =>
    plan.services.map(({ name, inputDigest }) => [name, inputDigest]);
  const first = digestOf(await planned(files));

  expect(digestOf(await planned({ 'README.md': '1' }, { npm: ARN.replace('npm-', 'other-') }))).toEqual(first);
});
