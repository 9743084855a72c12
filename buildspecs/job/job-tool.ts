/** What the job tool does on the build machine, between fetching the source and calling Docker. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBaseImages } from './base-images';
import { buildArguments } from './build-arguments';
import { checkInputDigest } from './check-input-digest';
import { readJobEnvironment } from './job-environment';
import { findService, pathWithin, readSource } from './read-source';

/** What the tool leaves for the buildspec: files of texts, each ended by NUL, which none of them can hold. */
export const JOB_FILES = {
  /** Arguments of `docker build`. */
  arguments: 'arguments',
  /** For every image that the build starts from: its name in the Dockerfile, where to pull it, where otherwise, its platform or ''. */
  baseImages: 'base-images',
} as const;

/**
 * The command `prepare SOURCE OUT`: refuses a source whose input digest is not the planned one, writes the job's files into the folder
 * OUT, and gives a line for the log. Throws what a person should read.
 */
export async function jobTool(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [command, directory, out, ...rest] = argv;
  if (command !== 'prepare' || directory === undefined || out === undefined || rest.length > 0) {
    throw new Error(`unknown command '${argv.join(' ')}'; use: prepare SOURCE OUT`);
  }
  const job = readJobEnvironment(env);
  const source = await readSource(directory, job);
  const { inputDigest, files } = checkInputDigest(source.inputs, job);
  const service = findService(source.catalog, job.service);
  await Promise.all([pathWithin(directory, service.dockerfile), pathWithin(directory, service.context)]);

  const platform = service.platforms[0] ?? '';
  const bases = findBaseImages(source, job).flatMap(({ name, from, otherwise }) => [name, from, otherwise, platform]);
  const { digests, noCache } = job.bases;
  const builtFrom = source.imageNames(job.service).length > 0 ? { builtFrom: digests } : {};
  await mkdir(out, { recursive: true });
  await writeFile(
    join(out, JOB_FILES.arguments),
    nulEnded(buildArguments(service, { ...job, ...builtFrom, noCache }, directory)),
  );
  await writeFile(join(out, JOB_FILES.baseImages), nulEnded(bases));
  return `input digest ${inputDigest} as planned, over ${files.length} files\n`;
}

function nulEnded(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join('');
}
