/** Runs the deployed buildspec for images that a command makes, against the embedded registry. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJobTool } from '../../../buildspecs/job/bundle';
import { candidateTag } from '../../../core/contract/keys';
import { type BuildspecResult, runBuildspec } from '../../../local/build/buildspec-runner';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from '../../local/build/embedded/sample-source';
import type { TestEntry } from '../git/git-repository';
import { type EmbeddedRegistry, useEmbeddedRegistry } from '../registry/embedded-registry';
import { AWS, writeDocker, writeProgram } from './docker-stand-in';

const BUILDSPEC = readFileSync(join(__dirname, '../../../buildspecs/image.yml'), 'utf8');

/** The program that makes and pushes an image, as a file of the repository. */
export const MAKE_IMAGE = readFileSync(join(__dirname, 'make-image.mjs'), 'utf8');

/** A service with the folder `api` without its documents, and a file of another folder. */
export const COMMAND_FILES: Readonly<Record<string, TestEntry>> = {
  'api/main.js': 'console.log(1)\n',
  'api/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'api/link': { mode: '120000', content: 'main.js' },
  'api/docs/guide.md': 'no input\n',
  'tools/make-image.mjs': MAKE_IMAGE,
  'unrelated/file.txt': 'no input\n',
};

/** A catalog with the service `api`. `keys` are lines of its entry. */
export function commandCatalog(keys: readonly string[], inputs = '[api, "!api/docs", tools/make-image.mjs]'): string {
  const entry = [`inputs: ${inputs}`, ...keys].map((key) => `    ${key}`);
  return ['platform: v1.4.0', 'services:', '  api:', ...entry, ''].join('\n');
}

export interface CommandJobs {
  readonly registry: EmbeddedRegistry;
  /** The home of the jobs. */
  readonly folder: string;
  /** Commits the files, and runs the job of `api`. */
  run(keys: readonly string[], options?: JobOptions): Promise<CommandResult>;
}

interface JobOptions {
  /** Further files of the repository, and the patterns of inputs. Default: those of the small service. */
  readonly files?: Readonly<Record<string, TestEntry>>;
  readonly inputs?: string;
  readonly timeoutMs?: number;
  /** Variables of the job. `PATH` is added to that of the job. */
  readonly env?: Readonly<Record<string, string>>;
  /** The digest that the plan names. Default: that of the source. */
  readonly inputDigest?: string;
}

export interface CommandResult {
  readonly result: BuildspecResult;
  readonly log: string;
  readonly source: Pick<SampleSource, 'digests' | 'commit'>;
  readonly tag: string;
}

/** Call it at the top of a test file. `docker` is the text of a shell script. */
export function useCommandJobs(docker: () => string | Promise<string>): CommandJobs {
  const registry = useEmbeddedRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'command-jobs-'));
  const bin = join(folder, 'bin');
  const tool = join(folder, 'tool.cjs');
  beforeAll(async () => {
    mkdirSync(bin);
    await bundleJobTool(tool);
    symlinkSync(process.execPath, join(bin, 'node'));
    writeDocker(bin, await docker());
    writeProgram(bin, 'aws', AWS);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    registry,
    folder,
    run: async (
      keys,
      { files = {}, inputs, timeoutMs = 60_000, env: { PATH = '/usr/bin', ...env } = {}, inputDigest } = {},
    ) => {
      const source = await makeSampleSource({
        ...COMMAND_FILES,
        ...files,
        [CATALOG_FILE]: commandCatalog(keys, inputs),
      });
      const digest = inputDigest ?? source.digests.get('api') ?? '';
      const tag = candidateTag('api', digest);
      const logFile = join(folder, 'log');
      const result = await runBuildspec({
        buildspec: BUILDSPEC,
        source: source.location,
        logFile,
        timeoutMs,
        env: {
          PATH: `${bin}:${PATH}:/usr/bin:/bin`,
          HOME: folder,
          RUN_ID: 'run-1',
          SERVICE: 'api',
          INPUT_DIGEST: digest,
          CANDIDATE_IMAGE: `${registry.host}/candidates:${tag}`,
          BASE_IMAGES: '{"digests":{},"images":{},"noCache":false,"cacheScope":"release"}',
          SOURCE_COMMIT: source.commit,
          JOB_TOOL: tool,
          CATALOG_FILE,
          RELEASE_NAMESPACE: RELEASES,
          LOGIN_REGISTRY: '',
          CACHE_REPOSITORY: `${registry.host}/candidates`,
          BASE_MIRRORS: '{}',
          BUILD_IMAGES: '',
          BUILD_SECRETS: '{}',
          REPOSITORY_URL: 'https://git.example/shop',
          ...env,
        },
      });
      source.remove();
      return { result, log: readFileSync(logFile, 'utf8'), source, tag };
    },
  };
}
