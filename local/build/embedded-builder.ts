/**
 * Builds images without Docker, to try the pipeline out. An image contains the inputs of its service, and can be pushed, pulled and
 * copied. It cannot run the service, because no instruction of the Dockerfile is run.
 */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { finishUpload, hasBlob, openUpload, sendBytes } from '../../adapters/registry/blobs';
import type { RegistryClient } from '../../adapters/registry/client/registry-client';
import type { RegistryDependencies } from '../../adapters/registry/manifests';
import { putManifest } from '../../adapters/registry/put';
import { parseJobBases } from '../../buildspecs/job/job-environment';
import { checkInputDigest, type SourceOptions } from '../../buildspecs/job/read-source';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { JOB_ENV, SOURCE_ARCHIVE } from '../../core/contract/job-environment';
import { parseReference } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import {
  type BuildEnd,
  type ImageBuilder,
  type ImageJob,
  isOfMachine,
  type Job,
  type MachineVariables,
  readImages,
  withinLimits,
} from './builder';
import { describeImage, INPUT_FOLDER, type LayerFile, writeLayer } from './embedded-image';
import { createUnpackedSources, type UnpackedSources } from './unpack-archive';

/** Enough to keep the registry busy while layers are packed. */
const JOBS_AT_ONCE = 8;

interface EmbeddedBuilderOptions extends SourceOptions {
  readonly registry: RegistryDependencies;
}

/** Creates the builder. It unpacks each source archive once, for all images that are built from it. */
export function createEmbeddedBuilder(options: EmbeddedBuilderOptions): ImageBuilder {
  const sources = createUnpackedSources(options);
  const works: Promise<BuildEnd>[] = [];
  const builds = (job: ImageJob) => buildEmbedded(job, sources, options.registry);
  return {
    concurrency: JOBS_AT_ONCE,
    build: (job) =>
      withinLimits(job, () => {
        const { variables } = job;
        const several = isOfMachine(variables);
        const work = buildAndLog(job, () =>
          several ? buildEach({ ...job, variables }, builds) : builds({ ...job, variables }),
        );
        works.push(work);
        return work;
      }),
    close: async () => {
      // Builds that timed out may still unpack files.
      await Promise.allSettled(works);
      await sources.close();
    },
  };
}

async function buildAndLog({ logFile }: Pick<ImageJob, 'logFile'>, build: () => Promise<string>): Promise<BuildEnd> {
  await mkdir(dirname(logFile), { recursive: true });
  try {
    await writeFile(logFile, await build());
    return { status: 'SUCCEEDED' };
  } catch (error) {
    const message = messageOf(error);
    await writeFile(logFile, `${message}\n`);
    // Any other error, such as a full disk, is the fault of this machine.
    return { status: error instanceof PipelineError ? 'FAILED' : 'FAULT', phase: 'BUILD', message };
  }
}

/** Builds the images of a machine, one after the other. Returns their logs. Throws one error with those that were not built. */
async function buildEach(job: Job<MachineVariables>, build: (job: ImageJob) => Promise<string>): Promise<string> {
  const logs: string[] = [];
  const failures: string[] = [];
  for (const { service, inputDigest, candidate, bases } of await readImages(job.variables)) {
    const variables = {
      ...job.variables,
      [JOB_ENV.service]: service,
      [JOB_ENV.inputDigest]: inputDigest,
      [JOB_ENV.candidate]: candidate,
      [JOB_ENV.bases]: bases,
    };
    try {
      logs.push(await build({ ...job, variables }));
    } catch (error) {
      failures.push(`${service} | ${messageOf(error)}`);
    }
  }
  if (failures.length === 0) return logs.join('');
  throw new PipelineError(ERROR_NAMES.invalidInput, ['not built, and now built alone:', ...failures].join('\n'));
}

/** Builds and pushes the image. Returns the log. Throws `InputDigestMismatch` as a real job would, or `RegistryError`. */
async function buildEmbedded(
  { variables, source, signal }: ImageJob,
  sources: UnpackedSources,
  registry: RegistryDependencies,
): Promise<string> {
  const service = variables[JOB_ENV.service];
  const inputDigest = variables[JOB_ENV.inputDigest];
  const candidate = variables[JOB_ENV.candidate];
  signal.throwIfAborted();
  const { directory, inputs } = await sources.open(join(source, SOURCE_ARCHIVE));
  const { files, bases, images } = checkInputDigest(inputs, { service, inputDigest });
  const { digests } = parseJobBases(variables[JOB_ENV.bases]);
  const scratch = await mkdtemp(join(tmpdir(), 'image-layer-'));
  try {
    const layer = await writeLayer(directory, files, join(scratch, 'layer.tar.gz'));
    const { config, manifest } = describeImage({
      service,
      inputDigest,
      layer,
      ...(bases.length + images.length === 0 ? {} : { bases: digests }),
    });
    signal.throwIfAborted();
    const { host, repository, tag = '' } = parseReference(candidate);
    const blobs = [layerBlob(layer), configBlob(config)];
    await pushImage({ host, repository }, tag, { blobs, manifest }, registry);
    return [
      'embedded builder: an image of the inputs; no instruction of the Dockerfile was run',
      ...files.map(({ path, rule }) => `/${INPUT_FOLDER}/${path}  by ${rule}`),
      `pushed ${candidate}@${manifest.digest}`,
      '',
    ].join('\n');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function layerBlob({ file, digest, size }: LayerFile): LocalBlob {
  return {
    digest,
    size,
    open: async () => createReadStream(file),
  };
}

function configBlob({ bytes, digest }: { readonly bytes: Buffer; readonly digest: string }): LocalBlob {
  return { digest, size: bytes.length, open: async () => Readable.from([bytes]) };
}

/** A config or layer. Every call of `open` reads its bytes from the start. */
interface LocalBlob {
  readonly digest: string;
  readonly size: number;
  open(): Promise<Readable>;
}

/** A complete image that was not pushed yet. */
interface LocalImage {
  readonly blobs: readonly LocalBlob[];
  readonly manifest: Manifest;
}

/** Pushes the blobs that the registry lacks, and then the manifest, so that the tag never names half an image. Throws `RegistryError`. */
async function pushImage(
  to: RepositoryName,
  tag: string,
  { blobs, manifest }: LocalImage,
  dependencies: RegistryDependencies,
): Promise<void> {
  await Promise.all(blobs.map((blob) => pushBlob(dependencies.client, to, blob)));
  await putManifest(to, tag, manifest, dependencies);
}

async function pushBlob(client: RegistryClient, to: RepositoryName, blob: LocalBlob): Promise<void> {
  if (await hasBlob(client, to, blob.digest)) return;
  const location = await openUpload(client, to);
  const sent = await sendBytes(client, to, { location, offset: 0 }, blob.size, () => blob.open());
  await finishUpload(client, to, sent, blob.digest);
}
