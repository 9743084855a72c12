/** One build: its source out of the bucket by the role, then the deployed buildspec by the runner that local builds use. */
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
import type { BadEnd, Order, Phase } from './build';

/** What a build machine has besides the job. */
export interface Workshop {
  /** Folder of the programs that a buildspec calls by name. */
  readonly programs: string;
  /** Address of the emulated AWS. */
  readonly endpoint: string;
  readonly registryHost: string;
  /** Folder of the logs, one file a build. */
  readonly logs: string;
}

/** What is asked of one build. */
export interface Wish {
  /** The Docker client refuses to build, which is what a bad Dockerfile comes to. */
  readonly failing: boolean;
  readonly timeoutMs: number;
}

/** How much of a log's last line fits into a message. */
const LAST_LINE_LENGTH = 200;

/**
 * Returns how the build ended, or undefined if it succeeded. `enter` is told of every phase, `exported` of the exported variables. Throws
 * nothing: a fault is an end.
 */
export async function runBuild(
  order: Order,
  id: string,
  workshop: Workshop,
  wish: Wish,
  signal: AbortSignal,
  enter: (phase: Phase) => void,
  exported: (variables: Readonly<Record<string, string>>) => void,
): Promise<BadEnd | undefined> {
  enter('PROVISIONING');
  const folder = await mkdtemp(join(tmpdir(), 'rehearsed-build-'));
  try {
    enter('DOWNLOAD_SOURCE');
    const source = join(folder, 'source');
    await mkdir(source);
    const missing = await downloadSource(order, workshop.endpoint, source);
    if (missing !== undefined) return { status: 'FAILED', phase: 'DOWNLOAD_SOURCE', message: missing };
    const logFile = join(workshop.logs, `${id.replaceAll(/[^\w-]/g, '_')}.log`);
    const buildspec = order.project.source.buildspec ?? '';
    const env = variables(order, id, workshop, folder, wish);
    const result = await runBuildspec({
      buildspec,
      source,
      env,
      logFile,
      timeoutMs: wish.timeoutMs,
      signal,
      onPhase: (phase) => enter(phase.toUpperCase() as Phase),
      onExport: exported,
    });
    if (result.kind === 'succeeded') return undefined;
    const phase = result.phase.toUpperCase() as Phase;
    if (result.kind === 'failed') {
      const message = `exit code ${result.exitCode}: ${await lastLine(logFile)}`;
      return { status: 'FAILED', phase, message };
    }
    if (result.kind === 'stopped') return { status: 'STOPPED', phase, message: 'Build was stopped' };
    const message = `Build has timed out. Limit: ${order.request.timeoutInMinutesOverride} minutes`;
    return { status: 'TIMED_OUT', phase, message };
  } catch (error) {
    return { status: 'FAULT', phase: 'PROVISIONING', message: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As CodeBuild fetches a folder (user guide, "Allow CodeBuild to interact with other AWS services"). Returns what went wrong. */
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

/** What the commands see: the project's variables, those of the request over them, and the role's session. */
function variables(
  { project, request, credentials, region }: Order,
  id: string,
  { programs, endpoint, registryHost }: Workshop,
  home: string,
  { failing }: Wish,
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
    ...(failing ? { REHEARSAL_FAILS: '1' } : {}),
    ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
  };
}

async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  const said = lines.filter((line) => line.trim() !== '' && !line.startsWith('--- '));
  return (said.at(-1) ?? 'the log is empty').slice(0, LAST_LINE_LENGTH);
}
