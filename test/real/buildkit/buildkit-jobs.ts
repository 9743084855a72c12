/** Image jobs as they are deployed, on the Docker engine of this machine with the newest buildx and BuildKit. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JobBases } from '../../../core/contract/job';
import type { BuildEnd, ImageVariables, MachineVariables } from '../../../local/build/builder';
import { createDockerBuilder } from '../../../local/build/buildspec-builder';
import type { DockerEngine } from '../../../local/build/docker-engine';
import { CATALOG_FILE, RELEASES, type SampleSource } from '../../local/build/embedded/sample-source';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import { type BuildkitPrograms, buildkitPrograms } from './buildkit-programs';
import { startDockerServer } from './docker-server';
import { type MadeImages, makeImages } from './made-images';

const run = promisify(execFile);

/** The password that the program `aws` prints; its user is AWS. */
export const PASSWORD = 'secret';

export interface JobRequest {
  readonly source: SampleSource;
  readonly service: string;
  /** Host of the registry with candidates and caches; that of the mirror if it is left out. */
  readonly host?: string;
  readonly bases?: Partial<JobBases>;
  readonly variables?: Partial<ImageVariables>;
  /** The limit of the job; of an image of several in whole minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface JobResult {
  readonly end: BuildEnd;
  readonly log: string;
  readonly seconds: number;
  /** The exported variables. */
  readonly exported: Readonly<Record<string, string>>;
  /** BuildKit's own record of the last build, in its format `rawjson`; empty without `history`. */
  readonly progress: string;
}

export interface BuildkitJobs {
  /** Has the mirror of Docker Hub below `hub`. */
  readonly registry: DockerRegistry;
  readonly images: MadeImages;
  readonly programs: BuildkitPrograms;
  readonly engine: DockerEngine;
  /** Returns the variables of the job, as state machine and build project set them. */
  variables(request: JobRequest): ImageVariables;
  /** Runs the job to its end. */
  run(request: JobRequest): Promise<JobResult>;
  /** Runs one job that builds all of them, from the source of the first one. */
  runTogether(requests: readonly JobRequest[]): Promise<JobResult>;
  /** Returns the output of the Docker client. Rejects if it fails. */
  docker(...args: readonly string[]): Promise<string>;
  /** Returns containers and volumes of builders that jobs made, and what buildx still knows of them. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Returns the candidate of a job. */
export function candidateTagOf({ source, service }: Pick<JobRequest, 'source' | 'service'>): string {
  return `${service}.${source.digests.get(service) ?? 'none'}`;
}

/**
 * Builds the programs if they are missing, and starts a registry with the images that jobs need. With `history`, what BuildKit recorded of a
 * job's last build is asked for just before its builder is removed.
 */
export async function openBuildkitJobs({ history = false } = {}): Promise<BuildkitJobs> {
  const programs = await buildkitPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'buildkit-jobs-'));
  const server = await startDockerServer(join(folder, 'engine'), programs.paths.runc);
  const engine = await withBuildx(server.engine, folder, programs);
  const registry = await startDockerRegistry();
  const images = await makeImages(registry.host, engine, programs);
  const recorded = join(folder, 'history');
  const client = history ? await recordingClient(folder, engine.client, recorded) : engine.client;
  const builder = createDockerBuilder({ engine: { ...engine, client }, toolFile: join(folder, 'job-tool.cjs') });
  const docker = async (...args: readonly string[]) =>
    (await run(engine.client, [...args], { env: engine.env })).stdout;
  const variables = (request: JobRequest) => variablesOf(request, { folder, host: registry.host, images });
  let count = 0;
  const runJob = async (
    { source, timeoutMs = 240_000, signal = new AbortController().signal }: JobRequest,
    own: ImageVariables | MachineVariables,
  ): Promise<JobResult> => {
    count += 1;
    const logFile = join(folder, 'logs', `${count}.log`);
    let exported: Readonly<Record<string, string>> = {};
    const onExport = (all: Readonly<Record<string, string>>) => {
      exported = all;
    };
    const start = performance.now();
    const end = await builder.build({ variables: own, source: source.location, logFile, timeoutMs, signal, onExport });
    const seconds = (performance.now() - start) / 1000;
    const progress = history ? await readFile(recorded, 'utf8') : '';
    return { end, exported, log: await readFile(logFile, 'utf8'), seconds, progress };
  };
  return {
    registry,
    images,
    programs,
    engine,
    docker,
    variables,
    run: (request) => runJob(request, variables(request)),
    runTogether: async (requests) => {
      const list = join(folder, `list-${count}.json`);
      const [first] = requests;
      if (first === undefined) throw new Error('a machine has at least one image');
      await writeFile(list, JSON.stringify(requests.map((request) => listedIn(variables(request), request.timeoutMs))));
      const { SERVICE: _, INPUT_DIGEST: __, CANDIDATE_IMAGE: ___, BASE_IMAGES: ____, ...shared } = variables(first);
      return runJob({ ...first, timeoutMs: 240_000 }, { ...shared, IMAGE_LIST: list });
    },
    left: () => leftIn(join(folder, 'docker'), docker),
    close: async () => {
      await builder.close();
      await registry.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the engine with the plug-in, in a configuration of its own, so that nothing of the user's is read or changed. */
async function withBuildx(engine: DockerEngine, folder: string, { paths }: BuildkitPrograms): Promise<DockerEngine> {
  const [config, bin] = [join(folder, 'docker'), join(folder, 'bin')];
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  await symlink(paths.buildx, join(config, 'cli-plugins/docker-buildx'));
  await mkdir(bin);
  await writeFile(join(bin, 'aws'), `#!/bin/sh\necho ${PASSWORD}\n`);
  await chmod(join(bin, 'aws'), 0o755);
  return { ...engine, env: { ...engine.env, DOCKER_CONFIG: config, HOME: folder, PATH: `${bin}:/usr/bin:/bin` } };
}

/** Returns a client that stores the record of a builder before it removes it. */
async function recordingClient(folder: string, docker: string, file: string): Promise<string> {
  const client = join(folder, 'docker-with-history');
  const record = `'${docker}' buildx history logs --builder="$3" --progress=rawjson > '${file}' 2>&1`;
  await writeFile(client, `#!/bin/sh\n[ "$1 $2" = "buildx rm" ] && ${record}\nexec '${docker}' "$@"\n`);
  await chmod(client, 0o755);
  return client;
}

/** Returns what the plan step stores of an image for its machine. */
function listedIn(
  { SERVICE: service, INPUT_DIGEST: inputDigest, CANDIDATE_IMAGE, BASE_IMAGES }: ImageVariables,
  timeoutMs = 900_000,
) {
  const timeoutMinutes = Math.ceil(timeoutMs / 60_000);
  return { service, inputDigest, candidate: CANDIDATE_IMAGE, bases: BASE_IMAGES, timeoutMinutes };
}

interface Surroundings {
  readonly folder: string;
  readonly host: string;
  readonly images: MadeImages;
}

function variablesOf(request: JobRequest, { folder, host: hub, images }: Surroundings): ImageVariables {
  const { source, service, host = hub } = request;
  const bases: JobBases = { digests: {}, images: {}, noCache: false, cacheScope: 'release', ...request.bases };
  const pinned = (name: string, digest: string) => `docker.io/${name}@${digest}`;
  return {
    RUN_ID: 'run-1',
    SERVICE: service,
    INPUT_DIGEST: source.digests.get(service) ?? 'none',
    CANDIDATE_IMAGE: `${host}/candidates:${candidateTagOf(request)}`,
    BASE_IMAGES: JSON.stringify(bases),
    SOURCE_COMMIT: source.commit,
    JOB_TOOL: join(folder, 'job-tool.cjs'),
    CATALOG_FILE,
    RELEASE_NAMESPACE: RELEASES,
    LOGIN_REGISTRY: '',
    CACHE_REPOSITORY: `${host}/candidates`,
    BASE_MIRRORS: JSON.stringify({ 'docker.io': `${hub}/hub` }),
    BUILD_SECRETS: '{}',
    BUILD_IMAGES: JSON.stringify({
      buildkit: pinned('moby/buildkit', images.buildkit),
      emulators: pinned('tonistiigi/binfmt', images.emulators),
      sbomScanner: pinned('docker/buildkit-syft-scanner', images.scanner),
    }),
    REPOSITORY_URL: 'https://git.example/shop',
    ...request.variables,
  };
}

async function leftIn(config: string, docker: BuildkitJobs['docker']): Promise<readonly string[]> {
  const containers = await docker('container', 'ls', '--all', '--format={{.Names}} {{.Command}} {{.Status}}');
  const volumes = await docker('volume', 'ls', '--format={{.Name}}');
  const known = await readdir(join(config, 'buildx/instances')).catch(() => []);
  return [...containers.split('\n'), ...volumes.split('\n'), ...known].filter((name) => name !== '');
}
