/** The local CodeBuild with the embedded builder, a registry over HTTP and a sample source, new for every test of a file. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildOutcome } from '../../../core/contract/job';
import { buildOutcome } from '../../../core/report/outcome';
import {
  createLocalCodeBuild,
  type LocalCodeBuild,
  type LocalCodeBuildOptions,
} from '../../../local/build/local-code-build';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from './embedded/sample-source';
import { type BuildRequest, startBuildRequest } from './start-build-request';

type Options = Partial<LocalCodeBuildOptions>;
type Request = Partial<BuildRequest>;

let source: SampleSource;
let folder: string;
let registry: RunningRegistry;

/** Sets up and tears down for every test of the file that calls it. */
export function useCodeBuild(): void {
  beforeAll(async () => {
    source = await makeSampleSource();
  });
  afterAll(() => source.remove());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'code-build-'));
    registry = await startRegistry({ directory: join(folder, 'registry') });
  });
  afterEach(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** What the current test works with. */
export function fixture(): { readonly source: SampleSource; readonly folder: string; readonly host: string } {
  return { source, folder, host: registry.host };
}

/** Stops the registry and starts another one, empty, elsewhere. */
export async function replaceRegistry(): Promise<void> {
  await registry.close();
  registry = await startRegistry({ directory: join(folder, 'another registry') });
}

export function openCodeBuild(part: Options = {}): LocalCodeBuild {
  return codeBuildIn(folder, part);
}

/** Opens CodeBuild's replacement for the sample source, with its logs in the folder. */
export function codeBuildIn(folder: string, part: Options = {}): LocalCodeBuild {
  return createLocalCodeBuild({
    docker: undefined,
    logs: join(folder, 'logs'),
    toolFile: join(folder, 'job-tool.js'),
    catalogFile: CATALOG_FILE,
    releases: RELEASES,
    mirrors: {},
    refuse: new Set(),
    ...part,
  });
}

export function requestOf(service: string, part: Request = {}) {
  return startBuildRequest({ source, service, host: registry.host, ...part });
}

/** One build with a stand-in of its own. */
export async function build(service: string, part: Options = {}, request: Request = {}): Promise<object> {
  const parameters = requestOf(service, request);
  const codeBuild = openCodeBuild(part);
  try {
    return await codeBuild.startBuild(parameters);
  } finally {
    await codeBuild.close();
  }
}

/** The error of a build, and the outcome that the state machine makes of it. */
export async function failureOf(
  built: Promise<object>,
): Promise<{ readonly error: Error; readonly outcome: BuildOutcome }> {
  const error = await built.then(
    () => new Error('it succeeded'),
    (thrown: Error) => thrown,
  );
  return { error, outcome: buildOutcome({ service: 'auth', error: { Error: error.name, Cause: error.message } }) };
}

/** Runs `work` with a temporary folder of its own, and gives what it leaves there. */
export async function leftBy(work: () => Promise<unknown>): Promise<string[]> {
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  const mock = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
  try {
    await work();
    return readdirSync(temporary);
  } finally {
    mock.mockRestore();
  }
}
