/** The job tool of the build machine: checks the source, and writes the arguments for Docker. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findBaseImages, mirrorConfig } from './base-images';
import { buildArguments } from './build-arguments';
import { builderArguments, buildkitOptions, chooseBuilder, emulationArguments } from './buildkit';
import { checkMadeImage } from './command/check-made-image';
import { prepareCommand } from './command/prepare-command';
import { parseImageList } from './image-list';
import { testArguments } from './image-test';
import { nulEnded, readJobEnvironment, readPulled } from './job-environment';
import { measureUsage } from './measure/usage';
import { collectPackage, prepareModule } from './module-tool';
import { lacksLayers, lacksMemory, partsText } from './progress';
import { checkInputDigest, findService, pathWithin, readCatalog, readSource } from './read-source';
import { secretPlaces } from './secrets/secret-places';
import { authoritiesFile, authorityConfig, authorityOptions, trustInEngine } from './trust/authorities';

/** The files that the tool writes for the buildspec. Texts end with NUL, which no text can contain. */
const JOB_FILES = {
  /** Arguments of `docker build`, or of `docker buildx build` if there is a builder. */
  arguments: 'arguments',
  /** Four texts for every base image: its name in the Dockerfile, the reference to pull, the one to pull if that fails, its platform or ''. */
  baseImages: 'base-images',
  /** Arguments of `docker buildx create`; empty if the engine builds. */
  builder: 'builder',
  /** Arguments of `docker run` that prepare the machine for other CPUs; empty if it needs no others. */
  emulation: 'emulation',
  /** Arguments of the build that runs the tests; empty if the service has none. */
  test: 'test',
  /** Arguments of the same build without the tests; empty if the service has none. */
  untested: 'untested',
  /** Not empty if a failed build may succeed without a cache. */
  retry: 'retry',
  /** Not empty if a build failed because the machine had too little memory. */
  outOfMemory: 'out-of-memory',
  /** Two texts for every secret: its id and its place. */
  secrets: 'secrets',
  /** Two texts for every ssh agent: its id and the place of its key. */
  ssh: 'ssh',
  /** Five texts for every image of a machine: service, input digest, candidate, base images, and its limit in minutes. */
  imageList: 'image-list',
  /** Seconds of parts of the build, for `JOB_PARTS`. */
  parts: 'parts',
  /** The digest of the image that a command made. */
  digest: 'digest',
  /** Memory and CPU of the builder so far, for `JOB_PARTS`. Missing if they are not measured. */
  usage: 'usage',
  /** BuildKit's configuration, in TOML. */
  buildkitConfig: 'buildkitd.toml',
} as const;

const USAGE =
  'prepare SOURCE OUT buildx|no-buildx, images LIST OUT, trust AUTHORITIES OUT, module SOURCE OUT, packages DIST OUT, parts|retry PROGRESS OUT, usage CONTAINER OUT, made INSPECTED SOURCE';

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs one command, and returns lines for the log. Throws errors for a person to read. */
export async function jobTool(argv: readonly string[], env: Environment, ownCpu: string): Promise<string> {
  const [command, from, out, buildx, ...rest] = argv;
  if (from !== undefined && out !== undefined && rest.length === 0) {
    if (command === 'prepare' && (buildx === 'buildx' || buildx === 'no-buildx')) {
      return prepareImage(from, out, buildx === 'buildx', env, ownCpu);
    }
    if (command === 'module' && buildx === undefined) return prepareModule(from, out, env);
    if (command === 'parts' && buildx === undefined) return exportParts(from, out);
    if (command === 'retry' && buildx === undefined) return judgeFailure(from, out);
    if (command === 'made' && buildx === undefined) return checkMade(from, out, env);
    if (command === 'usage' && buildx === undefined) return recordUsage(from, out, env);
    if (command === 'trust' && buildx === undefined) return trustInEngine(from, out, readPulled(env));
    if (command === 'images' && buildx === undefined) return listImages(from, out);
    if (command === 'packages' && buildx === undefined) return collectPackage(from, out, env);
  }
  throw new Error(`unknown command '${argv.join(' ')}'; use: ${USAGE}`);
}

/** Writes the parts of a build's time, from BuildKit's progress, and what it used. If nothing is known, the file is empty. */
async function exportParts(progress: string, out: string): Promise<string> {
  const seconds = partsText(await readFile(progress, 'utf8'));
  const usage = await readFile(join(out, JOB_FILES.usage), 'utf8').catch(() => '');
  const parts = [seconds, usage].filter((text) => text !== '').join(' ');
  await writeFile(join(out, JOB_FILES.parts), parts);
  return parts === '' ? '' : `seconds of the build, bytes of memory, seconds of CPU: ${parts}\n`;
}

/** Measures a builder until it is removed. */
async function recordUsage(container: string, out: string, env: Environment): Promise<string> {
  await measureUsage(container, join(out, JOB_FILES.usage), env);
  return '';
}

/** Checks the image that a command pushed, and writes its digest beside what the registry says. */
async function checkMade(inspected: string, directory: string, env: Environment): Promise<string> {
  const job = readJobEnvironment(env);
  const service = findService(await readCatalog(directory, job.catalogFile), job.service);
  const { digest, line } = checkMadeImage(await readFile(inspected, 'utf8'), service, job.inputDigest);
  await writeFile(join(dirname(inspected), JOB_FILES.digest), nulEnded([digest]));
  return line;
}

/** Writes the images of a machine as texts for bash. */
async function listImages(list: string, out: string): Promise<string> {
  const images = parseImageList(await readFile(list, 'utf8'));
  const texts = images.flatMap(({ service, inputDigest, candidate, bases, timeoutMinutes }) => [
    service,
    inputDigest,
    candidate,
    bases,
    String(timeoutMinutes),
  ]);
  await writeFile(join(out, JOB_FILES.imageList), nulEnded(texts));
  return `${images.length} images: ${images.map(({ service }) => service).join(' ')}\n`;
}

/** Writes if the failed build at the end of the progress may succeed without a cache, and if it had too little memory. */
async function judgeFailure(progress: string, out: string): Promise<string> {
  const text = await readFile(progress, 'utf8');
  const lost = lacksLayers(text);
  await writeFile(join(out, JOB_FILES.retry), lost ? 'yes' : '');
  await writeFile(join(out, JOB_FILES.outOfMemory), lacksMemory(text) ? 'yes' : '');
  return lost ? 'layers are missing in the registry; once more without a cache\n' : '';
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
  const { files } = checkInputDigest(source.inputs, job);
  const service = findService(source.catalog, job.service);
  const { build } = service;
  const digest = `input digest ${job.inputDigest} as planned, over ${files.length} files\n`;
  await mkdir(out, { recursive: true });
  const { secrets, ssh } = secretPlaces(service, job.secrets);
  await writeFile(join(out, JOB_FILES.secrets), nulEnded(secrets.flat()));
  await writeFile(join(out, JOB_FILES.ssh), nulEnded(ssh.flat()));
  if (build !== undefined) {
    await prepareCommand({ service, build, job, files, directory, out, hasBuildx });
    return `${digest}builder: the command of the catalog, in a folder with these files alone\n`;
  }
  const folders = [service.context, ...Object.values(service.contexts ?? {})];
  await Promise.all([service.dockerfile, ...folders].map((path) => pathWithin(directory, path)));

  const { cacheRepository, mirrors } = job;
  const { digests, noCache, cacheScope } = job.bases;
  const remoteCache = cacheRepository !== undefined;
  const { builder, why } = chooseBuilder({ service, remoteCache, hasBuildx });
  const ownBuilder = builder === 'buildkit';
  const cache = remoteCache ? { repository: cacheRepository, scope: cacheScope, service: service.name } : undefined;

  const platform = service.platforms[0] ?? '';
  const bases = findBaseImages(source, job).flatMap(({ name, from, otherwise }) => [name, from, otherwise, platform]);
  const builtFrom = source.imageNames(job.service).length > 0 ? { builtFrom: digests } : {};
  // Docker caches files by the name of their folder, and treats those of equal size and time as unchanged. All files of an archive have
  // the same time, so each job needs a folder of another name.
  const folder = resolve(directory);
  const options = ownBuilder ? buildkitOptions(cache, noCache, job.buildImages) : [];
  const config = join(out, JOB_FILES.buildkitConfig);

  const write = (file: string, texts: readonly string[]) => writeFile(join(out, file), nulEnded(texts));
  const order = { ...job, ...builtFrom, noCache };
  const caches = options.filter((option) => option.startsWith('--cache-from='));
  await write(JOB_FILES.arguments, buildArguments(service, order, folder, options));
  const places = { directory: folder, out: resolve(out), ownBuilder, caches };
  const { test, untested } = await testArguments(service, order, places);
  await write(JOB_FILES.test, test);
  await write(JOB_FILES.untested, untested);
  await write(JOB_FILES.baseImages, bases);
  const authorities = await authoritiesFile(env);
  const builderOptions = [...builderArguments(job, config), ...authorityOptions(authorities)];
  await write(JOB_FILES.builder, ownBuilder ? builderOptions : []);
  // Emulation changes the kernel of the machine, so it is installed only on machines that are removed after a job.
  await write(JOB_FILES.emulation, ownBuilder && remoteCache ? emulationArguments(service, job, ownCpu) : []);
  await writeFile(config, mirrorConfig(mirrors) + authorityConfig(authorities));
  return `${digest}builder: ${ownBuilder ? 'a BuildKit of its own' : "the engine's own"}, for ${why}\n`;
}
