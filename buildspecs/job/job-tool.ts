/** The commands of the job tool, which runs on the build machine between fetching the source and calling Docker. */
import { buildArguments } from './build-arguments';
import { checkInputDigest } from './check-input-digest';
import { readJobEnvironment } from './job-environment';
import { findService, pathWithin, readCatalog, readInputs } from './read-source';

/** Environment variables of a process. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Does one command and gives what it prints. `check DIR`: refuses a source whose input digest is not the planned one.
 * `build-arguments DIR`: the arguments of `docker build`, each ended by NUL, which no argument can hold.
 */
export async function jobTool(argv: readonly string[], env: Environment): Promise<string> {
  const [command, directory, ...rest] = argv;
  if (directory === undefined || rest.length > 0) throw usage(argv);
  switch (command) {
    case 'check':
      return check(directory, env);
    case 'build-arguments':
      return printArguments(directory, env);
    default:
      throw usage(argv);
  }
}

async function check(directory: string, env: Environment): Promise<string> {
  const job = readJobEnvironment(env);
  const { inputDigest, files } = checkInputDigest(await readInputs(directory, job), job);
  return `input digest ${inputDigest} as planned, over ${files.length} files\n`;
}

async function printArguments(directory: string, env: Environment): Promise<string> {
  const job = readJobEnvironment(env);
  const service = findService(await readCatalog(directory, job.catalogFile), job.service);
  await Promise.all([pathWithin(directory, service.dockerfile), pathWithin(directory, service.context)]);
  return buildArguments(service, job, directory)
    .map((argument) => `${argument}\0`)
    .join('');
}

function usage(argv: readonly string[]): Error {
  return new Error(`unknown command '${argv.join(' ')}'; use: check DIR, build-arguments DIR`);
}
