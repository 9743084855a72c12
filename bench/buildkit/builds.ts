/**
 * Builds ten small images by the real buildspec: a job for each (source, builder, build, push), beside one job for all of them, as on a shared
 * machine. Requires what `npm run test:buildkit` requires. Run by `npm run bench:builds`.
 *
 * Each turn has a registry and contents of its own, so that nothing is in a cache at its start. The time that AWS takes for a machine is not
 * part of it.
 */
import { randomBytes } from 'node:crypto';
import { table } from '../../cli/output/print';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../../test/local/build/embedded/sample-source';
import { type BuildkitJobs, type JobRequest, openBuildkitJobs } from '../../test/real/buildkit/buildkit-jobs';
import { startDockerRegistry } from '../../test/support/registry/docker-registry';
import { median } from '../support/measure';

const IMAGES = Array.from({ length: 10 }, (_, index) => `service-${index}`);
const TURNS = 3;

/** The kinds of sources. In `shared`, all images begin with the same step of 3 s; in `apart`, they share their base image only. */
const KINDS = ['apart', 'shared'] as const;

async function makeSource(kind: (typeof KINDS)[number]): Promise<SampleSource> {
  const services = IMAGES.map((name) => `  ${name}: { path: ${name} }`);
  const shared = ['COPY packages.bin /', 'RUN sleep 3 && cp /packages.bin /installed'];
  const dockerfile = (name: string) =>
    ['FROM tools:1', ...(kind === 'shared' ? shared : []), `COPY ${name} /app`, 'RUN cp /app/main /built', ''].join(
      '\n',
    );
  return makeSampleSource({
    [CATALOG_FILE]: ['platform: v1.0.0', 'services:', ...services, ''].join('\n'),
    'packages.bin': randomBytes(5_000_000),
    ...Object.fromEntries(IMAGES.map((name) => [`${name}/Dockerfile`, dockerfile(name)])),
    ...Object.fromEntries(IMAGES.map((name) => [`${name}/main`, randomBytes(200_000)])),
  });
}

/** Runs the jobs one after the other. Returns their seconds. */
async function oneEach(jobs: BuildkitJobs, requests: readonly JobRequest[]): Promise<number> {
  let sum = 0;
  for (const request of requests) {
    const { end, log, seconds } = await jobs.run(request);
    if (end.status !== 'SUCCEEDED') throw new Error(log);
    sum += seconds;
  }
  return sum;
}

/** Runs one job for all images. Returns its seconds. */
async function together(jobs: BuildkitJobs, requests: readonly JobRequest[]): Promise<number> {
  const { end, log, seconds } = await jobs.runTogether(requests);
  if (end.status !== 'SUCCEEDED') throw new Error(log);
  return seconds;
}

/** Gives the work a source and a registry of its own. */
async function measured(
  jobs: BuildkitJobs,
  kind: (typeof KINDS)[number],
  work: (requests: readonly JobRequest[]) => Promise<number>,
) {
  const source = await makeSource(kind);
  const { host, stop } = await startDockerRegistry();
  try {
    const bases = { digests: { 'tools:1': jobs.images.tools } };
    return await work(IMAGES.map((service) => ({ source, service, host, bases })));
  } finally {
    await stop();
    source.remove();
  }
}

async function main(): Promise<void> {
  const jobs = await openBuildkitJobs();
  try {
    const ways = {
      'one each': (requests: readonly JobRequest[]) => oneEach(jobs, requests),
      'one machine': (requests: readonly JobRequest[]) => together(jobs, requests),
    };
    for (const kind of KINDS) {
      const seconds = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
      for (let turn = 0; turn < TURNS; turn += 1) {
        for (const [way, work] of Object.entries(ways)) seconds.get(way)?.push(await measured(jobs, kind, work));
      }
      const alone = median(seconds.get('one each') ?? []);
      const rows = [...seconds].map(([way, all]) => [
        way,
        all.map((each) => each.toFixed(1)).join(', '),
        (median(all) / alone).toFixed(2),
      ]);
      process.stdout.write(
        `${kind}, ${IMAGES.length} images\n${table(['way', 'seconds of machines', 'ratio of medians'], rows)}\n\n`,
      );
    }
  } finally {
    await jobs.close();
  }
}

void main();
