/** The buildspec of modules run by bash, with small programs instead of tools that note their calls. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJobTool } from '../../../buildspecs/job/bundle';
import { runBuildspec } from '../../../local/build/buildspec-runner';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';
import { type ModuleRequest, moduleVariables } from '../../local/build/start-module-request';

const BUILDSPEC = readFileSync(join(__dirname, '../../../buildspecs/module.yml'), 'utf8');

/** Copies the job's tool, which the buildspec fetches first, and answers everything else with success. */
const USUAL_AWS = (tool: string) => `[ "$1" = s3 ] && [ "$5" = job-tool.cjs ] && cp '${tool}' "$5"; exit 0`;

interface RunOptions extends Partial<ModuleRequest> {
  readonly module: string;
  /** Shell text of the programs by name. `aws` may be one of them. */
  readonly programs: Readonly<Record<string, string>>;
  /** Further variables of the job. */
  readonly part?: Readonly<Record<string, string>> | undefined;
}

/**
 * Prepares a folder, the job's tool and a source with these files for a suite. `note` is shell text that writes a call of the program `name` to
 * the file `calls`; default: the name of the folder it runs in, `|`, and its words.
 */
export function useModuleBuildspec(
  files: Parameters<typeof makeSampleSource>[0],
  note = (name: string, calls: string) => `printf '%s|%s %s\\n' "$(basename "$PWD")" '${name}' "$*" >> '${calls}'`,
) {
  const folder = mkdtempSync(join(tmpdir(), 'module-job-'));
  const tool = join(folder, 'tool.cjs');
  const at = (...parts: string[]) => join(folder, ...parts);
  let source: SampleSource;

  beforeAll(async () => {
    await bundleJobTool(tool);
    source = await makeSampleSource(files);
  });
  afterAll(() => {
    source.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const part of ['bin', 'out', 'calls', '.m2']) rmSync(at(part), { recursive: true, force: true });
    mkdirSync(at('bin'));
  });

  /** Makes a program that notes its call and runs the shell text. */
  function program(name: string, script: string): void {
    writeFileSync(at('bin', name), `#!/bin/bash\n${note(name, at('calls'))}\n${script}\n`);
    chmodSync(at('bin', name), 0o755);
  }

  return {
    folder,
    tool,
    program,
    source: () => source,
    run: ({ programs, part = {}, ...asked }: RunOptions) => {
      symlinkSync(process.execPath, at('bin/node'));
      // `touch` is what the odd words would run if they were taken for shell text.
      for (const [name, script] of Object.entries({ aws: USUAL_AWS(tool), touch: '', ...programs }))
        program(name, script);
      const from = asked.source ?? source;
      return runBuildspec({
        buildspec: BUILDSPEC,
        source: from.location,
        env: {
          PATH: `${at('bin')}:/usr/bin:/bin`,
          HOME: folder,
          ...moduleVariables({ packages: `${at('out')}/`, ...asked, source: from }),
          JOB_TOOL: tool,
          CATALOG_FILE,
          PACKAGE_DOMAIN: '',
          PACKAGE_REPOSITORY: '',
          ...part,
        },
        logFile: at('log'),
        timeoutMs: 60_000,
      });
    },
    /** Lines that the programs noted. */
    calls: () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []),
    log: () => readFileSync(at('log'), 'utf8'),
    /** Names of what the job stored. */
    left: () => (existsSync(at('out')) ? readdirSync(at('out')).sort() : []),
  };
}
