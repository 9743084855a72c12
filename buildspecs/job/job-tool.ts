/** What the job tool does on the build machine, between fetching the source and calling Docker. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findBaseImages, mirrorConfig } from './base-images';
import { buildArguments } from './build-arguments';
import { builderArguments, buildkitOptions, chooseBuilder, emulationArguments } from './buildkit';
import { nulEnded, readJobEnvironment } from './job-environment';
import { collectPackage, prepareModule } from './module-tool';
import { checkInputDigest, findService, pathWithin, readSource } from './read-source';

/** What the tool leaves for the buildspec: files of texts, each ended by NUL, which none of them can hold. */
export const JOB_FILES = {
  /** Arguments of `docker build`, or of `docker buildx build` if there is a builder. */
  arguments: 'arguments',
  /** For every image that the build starts from: its name in the Dockerfile, where to pull it, where otherwise, its platform or ''. */
  baseImages: 'base-images',
  /** Arguments of `docker buildx create`; empty if the engine's own builder is to be used. */
  builder: 'builder',
  /** Arguments of `docker run` that prepare the machine for other CPUs; empty if there is no need. */
  emulation: 'emulation',
  /** BuildKit's configuration; no list. */
  buildkitConfig: 'buildkitd.toml',
} as const;

const USAGE = 'prepare SOURCE OUT buildx|no-buildx, module SOURCE OUT, packages DIST OUT';

type Environment = Readonly<Record<string, string | undefined>>;

/** Does one command, and gives lines for the log. Throws what a person should read. */
export async function jobTool(argv: readonly string[], env: Environment, ownCpu: string): Promise<string> {
  const [command, from, out, buildx, ...rest] = argv;
  if (from !== undefined && out !== undefined && rest.length === 0) {
    if (command === 'prepare' && (buildx === 'buildx' || buildx === 'no-buildx')) {
      return prepareImage(from, out, buildx === 'buildx', env, ownCpu);
    }
    if (command === 'module' && buildx === undefined) return prepareModule(from, out, env);
    if (command === 'packages' && buildx === undefined) return collectPackage(from, out, env);
  }
  throw new Error(`unknown command '${argv.join(' ')}'; use: ${USAGE}`);
}

/** Refuses a source whose input digest is not the planned one, and writes the job's files into the folder `out`. */
async function prepareImage(
  directory: string,
  out: string,
  hasBuildx: boolean,
  env: Environment,
  ownCpu: string,
): Promise<string> {
  const job = readJobEnvironment(env);
  const source = await readSource(directory, job);
  const { inputDigest, files } = checkInputDigest(source.inputs, job);
  const service = findService(source.catalog, job.service);
  await Promise.all([pathWithin(directory, service.dockerfile), pathWithin(directory, service.context)]);

  const { cacheRepository, mirrors } = job;
  const { digests, noCache, cacheScope } = job.bases;
  const remoteCache = cacheRepository !== undefined;
  const { builder, why } = chooseBuilder({ service, remoteCache, hasBuildx });
  const ownBuilder = builder === 'buildkit';
  const cache = remoteCache ? { repository: cacheRepository, scope: cacheScope, service: service.name } : undefined;

  const platform = service.platforms[0] ?? '';
  const bases = findBaseImages(source, job).flatMap(({ name, from, otherwise }) => [name, from, otherwise, platform]);
  const builtFrom = source.imageNames(job.service).length > 0 ? { builtFrom: digests } : {};
  // An engine that builds more than once keeps files by the name of their folder, and takes those of equal size and time for unchanged.
  // All files of an archive have the same time, so that the name must be one that no other job has.
  const folder = resolve(directory);
  const options = ownBuilder ? buildkitOptions(cache, noCache) : [];
  const config = join(out, JOB_FILES.buildkitConfig);

  await mkdir(out, { recursive: true });
  const write = (file: string, texts: readonly string[]) => writeFile(join(out, file), nulEnded(texts));
  await write(JOB_FILES.arguments, buildArguments(service, { ...job, ...builtFrom, noCache }, folder, options));
  await write(JOB_FILES.baseImages, bases);
  await write(JOB_FILES.builder, ownBuilder ? builderArguments(job.candidate, mirrors, config) : []);
  // Only on machines that are thrown away: it changes the kernel for everybody on it.
  await write(JOB_FILES.emulation, ownBuilder && remoteCache ? emulationArguments(service, mirrors, ownCpu) : []);
  await writeFile(config, mirrorConfig(mirrors));
  return [
    `input digest ${inputDigest} as planned, over ${files.length} files`,
    `builder: ${ownBuilder ? 'a BuildKit of its own' : "the engine's own"}, for ${why}`,
    '',
  ].join('\n');
}
