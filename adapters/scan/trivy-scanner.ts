/** The scanner port for Trivy, a program of this machine. It pulls the image from its registry with Docker's logins. */
import { type ExecFileException, execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { ImageScan } from '../../core/contract/scan/scan';
import type { RepositoryName } from '../../core/ports/registry';
import type { ImageScanner } from '../../core/ports/scanner';
import { redact } from '../../core/text/redact';
import { isLoopback } from '../http/allowed-address';
import { readTrivyReport } from './trivy-report';

export interface TrivyOptions {
  /** The path of the program, or its name on the PATH. */
  readonly program: string;
  /** Registries without TLS, as `host:port`. */
  readonly plainHttp: readonly string[];
  /** The most time that one image may take, in minutes. */
  readonly minutes: number;
}

const run = promisify(execFile);

/** A report of some thousand findings has a few MB. */
const MAX_REPORT = 256 * 1024 * 1024;

/** Words of Trivy's errors about its database, which no image can be scanned without. */
const NO_DATABASE = /\bDB error|vulnerability DB|Java DB|trivy-(java-)?db|skip-(java-)?db-update/i;

/** Creates the port. One image is scanned at a time: the processes of Trivy lock their common cache. */
export function createTrivyScanner(options: TrivyOptions): ImageScanner {
  const limit = pLimit(1);
  return { scan: (name, digest) => limit(() => scanImage(name, digest, options)) };
}

async function scanImage(name: RepositoryName, digest: string, options: TrivyOptions): Promise<ImageScan> {
  const { program, plainHttp, minutes } = options;
  const isPlain = isLoopback(new URL(`http://${name.host}`).hostname) || plainHttp.includes(name.host);
  const args = [
    'image',
    '--format=json',
    '--quiet',
    '--scanners=vuln',
    '--image-src=remote',
    `--timeout=${minutes}m`,
    ...(isPlain ? ['--insecure'] : []),
    `${name.host}/${name.repository}@${digest}`,
  ];
  const settings = { env: process.env, maxBuffer: MAX_REPORT };
  const ended = await run(program, args, settings).catch((error: ExecFileException) => ({ error }));
  if ('error' in ended) return failed(program, ended.error);
  const vulnerabilities = readTrivyReport(ended.stdout);
  if (vulnerabilities !== undefined) return { kind: 'scanned', vulnerabilities };
  throw unusable(`${program} wrote no report of schema version 2; use a newer Trivy`);
}

/** Returns the end of a scan that failed, or throws if no other image could be scanned, either. */
function failed(program: string, error: ExecFileException): ImageScan {
  const isMissing = error.code === 'ENOENT' || error.code === 'EACCES';
  if (isMissing) {
    throw unusable(
      `${program} cannot be started (${error.code}); install Trivy from https://trivy.dev, or leave scan out of the settings`,
    );
  }
  const why = lastError(error.stderr ?? '') ?? messageOf(error);
  if (!NO_DATABASE.test(why)) return { kind: 'failed', why: `Trivy: ${why}` };
  throw unusable(
    `${program} has no database of vulnerabilities: ${why}; run trivy image --download-db-only, with TRIVY_DB_REPOSITORY for a mirror`,
  );
}

function unusable(text: string): PipelineError {
  return new PipelineError(ERROR_NAMES.scanner, `no image can be scanned, and no version was given: ${text}`);
}

/** The longest line of an error that is told. */
const LONGEST_LINE = 500;

/** Returns the last line of Trivy's log, without its time and without logins. */
function lastError(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  const fatal = lines.findLast((line) => line.includes('FATAL')) ?? lines.findLast((line) => line !== '');
  return fatal === undefined
    ? undefined
    : redact(fatal.replace(/^\S+\s+FATAL\s+(Fatal error\s+)?/, '').replace(/\s+/g, ' ')).slice(0, LONGEST_LINE);
}
