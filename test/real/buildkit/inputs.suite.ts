/**
 * Compares the files that input discovery finds with those that the newest BuildKit takes, over random builds with what only newer releases
 * have. By hand with more: `INPUTS_CASES=5000 INPUTS_SEED=1 npm run test:buildkit -- inputs`.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { COPYING_IMAGE, newBuildCase } from '../../support/docker/docker-context-cases';
import { fuzzWith } from '../../support/docker/docker-context-fuzz';
import { type BuildkitJobs, openBuildkitJobs } from './buildkit-jobs';

const run = promisify(execFile);

const CASES = Number(process.env.INPUTS_CASES ?? 100);
const SEED = Number(process.env.INPUTS_SEED ?? 20_261_129);

let jobs: BuildkitJobs;
let build: (args: readonly string[]) => Promise<unknown>;
beforeAll(async () => {
  jobs = await openBuildkitJobs();
  const hub = `${jobs.registry.host}/hub`;
  const image = `image=${hub}/moby/buildkit@${jobs.images.buildkit}`;
  const options = ['--driver=docker-container', `--driver-opt=${image}`, '--driver-opt=network=host', '--bootstrap'];
  await jobs.docker('buildx', 'create', '--name=inputs', ...options);
  const tools = `--build-context=${COPYING_IMAGE}=docker-image://${hub}/library/tools@${jobs.images.tools}`;
  const { env } = jobs.engine;
  // The plug-in by itself, without the client in front of it, saves a third of the time.
  build = (args) => run(jobs.programs.paths.buildx, ['build', '--builder=inputs', tools, ...args], { env });
}, 3_600_000);
afterAll(async () => {
  await jobs?.docker('buildx', 'rm', 'inputs');
  await jobs?.close();
});

test(
  `${CASES} random builds read exactly the files that were discovered`,
  async () => {
    await expect(fuzzWith(build, newBuildCase, CASES, SEED)).resolves.toBeUndefined();
  },
  CASES * 20_000,
);
