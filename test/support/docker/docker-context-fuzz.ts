/** `npm run fuzz:inputs -- 5000 [seed]`: compares that many random builds with the Docker engine of this machine. */
import fc from 'fast-check';
import { type DockerBuild, engineBuild, makeCopyingImage } from './docker-context-build';
import { type BuildCase, buildCase } from './docker-context-cases';
import { compareWithDocker } from './docker-context-compare';

/** Builds at a time. */
const AT_ONCE = 2;

/** Runs the comparison with the engine of this machine; throws with the smallest case found that differs. */
export async function fuzzInputs(cases: number, seed: number): Promise<void> {
  await makeCopyingImage();
  await fuzzWith(engineBuild, buildCase, cases, seed);
}

/** Runs the comparison with any builder and cases; throws with the smallest case found that differs. */
export async function fuzzWith(
  docker: DockerBuild,
  arbitrary: fc.Arbitrary<BuildCase>,
  cases: number,
  seed: number,
): Promise<void> {
  const runs = Array.from({ length: AT_ONCE }, (_, index) =>
    fc.check(
      fc.asyncProperty(arbitrary, async (build) => {
        const difference = await compareWithDocker(build, docker);
        if (difference !== undefined) throw new Error(difference);
      }),
      { numRuns: Math.ceil(cases / AT_ONCE), seed: seed + index },
    ),
  );
  const failures = (await Promise.all(runs)).filter(({ failed }) => failed);
  if (failures.length === 0) return;
  throw new Error(
    failures.map((details) => `${fc.defaultReportMessage(details)}\n${details.errorInstance}`).join('\n\n'),
  );
}

async function main([cases = '1000', seed = String(Date.now() % 1_000_000)]: readonly string[]): Promise<void> {
  console.log(`${cases} builds, seed ${seed}`);
  await fuzzInputs(Number(cases), Number(seed));
  console.log('Docker and the discovery agree on all of them');
}

if (process.argv[1]?.includes('docker-context-fuzz')) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
