/** Runs one build: downloads its source with the project's role, then runs the deployed buildspec with the runner of local builds. */
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { runBuildspec } from '../product';
import type { BuildFailure, Order, Phase } from './build';

export interface MachineSetup {
  /** The folder of the programs that a buildspec calls. */
  readonly programs: string;
  /** The address of the emulated AWS. */
  readonly endpoint: string;
  readonly registryHost: string;
  /** The folder of the logs, one file for each build. */
  readonly logs: string;
}

interface BuildLimits {
  /** The service whose `docker build` fails, as it does with a broken Dockerfile. */
  readonly failing?: string | undefined;
  /** The service whose `docker build` breaks the machine. */
  readonly breaking?: string | undefined;
  readonly timeoutMs: number;
}

/** The file by which a program in the job's home breaks the machine. */
const BROKEN = 'broken';

/** The longest part of a log line in a message, in characters. */
const LAST_LINE_LENGTH = 200;

/**
 * Returns the failure, or undefined if the build succeeded. Calls `enter` at the start of each phase, and waits for it before the buildspec runs. Calls `exported` with the exported
 * variables. Errors become a FAULT.
 */
export async function runBuild(
  order: Order,
  id: string,
  setup: MachineSetup,
  limits: BuildLimits,
  signal: AbortSignal,
  enter: (phase: Phase) => Promise<void>,
  exported: (variables: Readonly<Record<string, string>>) => void,
): Promise<BuildFailure | undefined> {
  await enter('PROVISIONING');
  const folder = await mkdtemp(join(tmpdir(), 'rehearsed-build-'));
  const broken = new AbortController();
  const watcher = watch(folder, (_, name) => {
    if (name === BROKEN) broken.abort();
  });
  try {
    await enter('DOWNLOAD_SOURCE');
    const source = join(folder, 'source');
    await mkdir(source);
    const missing = await downloadSource(order, setup.endpoint, source);
    if (missing !== undefined) return { status: 'FAILED', phase: 'DOWNLOAD_SOURCE', message: missing };
    const logFile = join(setup.logs, `${id.replaceAll(/[^\w-]/g, '_')}.log`);
    const buildspec = order.project.source.buildspec ?? '';
    const env = variables(order, id, setup, folder, limits);
    const result = await runBuildspec({
      buildspec,
      source,
      env,
      logFile,
      timeoutMs: limits.timeoutMs,
      signal: AbortSignal.any([signal, broken.signal]),
      onPhase: (phase) => void enter(phase.toUpperCase() as Phase),
      onExport: exported,
    });
    if (result.kind === 'succeeded') return undefined;
    const phase = result.phase.toUpperCase() as Phase;
    if (result.kind === 'failed') {
      const message = `exit code ${result.exitCode}: ${await lastLine(logFile)}`;
      return { status: 'FAILED', phase, message };
    }
    if (broken.signal.aborted) return { status: 'FAULT', phase, message: 'the machine was asked to break' };
    if (result.kind === 'stopped') return { status: 'STOPPED', phase, message: 'Build was stopped' };
    const message = `Build has timed out. Limit: ${order.request.timeoutInMinutesOverride} minutes`;
    return { status: 'TIMED_OUT', phase, message };
  } catch (error) {
    return { status: 'FAULT', phase: 'PROVISIONING', message: error instanceof Error ? error.message : String(error) };
  } finally {
    watcher.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Downloads a folder with the calls that CodeBuild makes (user guide, "Allow CodeBuild to interact with other AWS services"). Returns the
 * problem, if there is one.
 */
async function downloadSource(order: Order, endpoint: string, folder: string): Promise<string | undefined> {
  const { request, region, credentials } = order;
  const [, Bucket, Prefix] = /^([^/]+)\/(.*\/)$/.exec(request.sourceLocationOverride ?? '') ?? [];
  if (request.sourceTypeOverride !== 'S3' || Bucket === undefined || Prefix === undefined) {
    return `the source ${request.sourceTypeOverride} ${request.sourceLocationOverride} is no folder of a bucket`;
  }
  const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    await client.send(new GetBucketAclCommand({ Bucket }));
    await client.send(new GetBucketLocationCommand({ Bucket }));
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
    if (Contents.length === 0) return `no object is in s3://${Bucket}/${Prefix}`;
    for (const { Key = '' } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      await writeFile(join(folder, basename(Key)), (await Body?.transformToByteArray()) ?? '');
    }
    return undefined;
  } catch (error) {
    return `the source cannot be downloaded: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`;
  } finally {
    client.destroy();
  }
}

/** Returns the environment of the commands: the request's variables override the project's. */
function variables(
  { project, request, credentials, region }: Order,
  id: string,
  { programs, endpoint, registryHost }: MachineSetup,
  home: string,
  { failing, breaking }: BuildLimits,
): Record<string, string> {
  const given = [...(project.environment.environmentVariables ?? []), ...(request.environmentVariablesOverride ?? [])];
  return {
    HOME: home,
    DOCKER_CONFIG: join(home, 'docker'),
    PATH: [programs, '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':'),
    CODEBUILD_BUILD_ID: id,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EC2_METADATA_DISABLED: 'true',
    REHEARSAL_REGISTRY: endpoint.replace('http://', ''),
    REHEARSAL_REGISTRY_HOST: registryHost,
    ...(failing === undefined ? {} : { REHEARSAL_FAILS: failing }),
    ...(breaking === undefined ? {} : { REHEARSAL_BREAKS: breaking }),
    ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
  };
}

async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  const printed = lines.filter((line) => line.trim() !== '' && !line.startsWith('--- '));
  return (printed.at(-1) ?? 'the log is empty').slice(0, LAST_LINE_LENGTH);
}
