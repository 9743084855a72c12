/**
 * Builds images without Docker, to try the pipeline out. An image contains the inputs of its service, and can be pushed, pulled and
 * copied. It cannot run the service, because no instruction of the Dockerfile is run.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putBlob, sendBlob, type TransferDependencies } from '../../adapters/registry/copy-blob';
import { putManifest } from '../../adapters/registry/put';
import { parseJobBases } from '../../buildspecs/job/job-environment';
import { checkInputDigest, type JobSource, readSource, type SourceOptions } from '../../buildspecs/job/read-source';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { JOB_ENV, SOURCE_ARCHIVE } from '../../core/contract/job-environment';
import { parseReference } from '../../core/image/reference';
import {
  createInProcessBuilder,
  type ImageBuilder,
  type ImageJob,
  type ImageVariables,
  isOfMachine,
  type Job,
  type MachineVariables,
  readImages,
} from './builder';
import { describeImage, INPUT_FOLDER, writeLayer } from './embedded-image';
import { createUnpackedSources, type UnpackedSources } from './unpack-archive';

/** Enough to keep the registry busy while layers are packed. */
const JOBS_AT_ONCE = 8;

interface EmbeddedBuilderOptions extends SourceOptions {
  readonly registry: TransferDependencies;
}

/** Creates the builder. It unpacks each source archive once, for all images that are built from it. */
export function createEmbeddedBuilder(options: EmbeddedBuilderOptions): ImageBuilder {
  const sources = createUnpackedSources(async (directory) => ({
    directory,
    ...(await readSource(directory, options)),
  }));
  const buildOne = (job: ImageJob) => buildEmbedded(job, sources, options.registry);
  const build = ({ variables, ...job }: Job<ImageVariables | MachineVariables>) =>
    isOfMachine(variables) ? buildEach({ ...job, variables }, buildOne) : buildOne({ ...job, variables });
  return createInProcessBuilder(JOBS_AT_ONCE, build, sources.close);
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
  sources: UnpackedSources<JobSource & { readonly directory: string }>,
  registry: TransferDependencies,
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
    const to = { host, repository };
    const open = async (start: number) => createReadStream(layer.file, { start });
    await Promise.all([sendBlob(to, { ...layer, open }, registry), putBlob(to, config, registry)]);
    // The manifest comes last, so that the tag never names half an image.
    await putManifest(to, tag, manifest, registry);
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
