/** Runs CDK's command line against the emulated account. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ACCOUNT, type Emulator, REGION } from './emulator/emulator';
import { type Ended, run } from './processes';

/** The folder of this project. */
export const PROJECT = resolve(__dirname, '..');
/** The path of CDK's command line. */
export const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** The files that an app is deployed with. */
export interface AppFiles {
  readonly settings: object;
  /** The text of the catalog. */
  readonly catalog: string;
}

/** The outputs of a deployed stack. */
export type StackOutputs = Readonly<Record<string, string>>;

export interface Cdk {
  /** Bootstraps the account. A synthesized assembly saves another synthesis. */
  bootstrap(assembly: string): Promise<void>;
  /** Synthesizes the app into a folder with this name, and returns its path. */
  synth(name: string, app: AppFiles): Promise<string>;
  /** Deploys an assembly, and returns the outputs of its stack. Throws with CDK's output if it fails. */
  deploy(assembly: string, ...options: readonly string[]): Promise<StackOutputs>;
  /** Deploys an assembly that may fail, and returns the end of the command. */
  tryDeploy(assembly: string, ...options: readonly string[]): Promise<Ended>;
  destroy(assembly: string): Promise<void>;
}

/** Returns the command line with the emulator's credentials. It writes files below `folder`. */
export function createCdk(emulator: Emulator, folder: string): Cdk {
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))),
    ...emulator.env,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const cdk = (...args: readonly string[]) =>
    run(process.execPath, [CDK, ...args, '--no-notices', '--no-color'], { cwd: PROJECT, env, timeoutMs: 300_000 });
  const must = async (...args: readonly string[]) => {
    const ended = await cdk(...args);
    if (ended.exitCode !== 0) throw new Error(`cdk ${args[0]} ended with ${ended.exitCode}:\n${ended.stderr.trim()}`);
  };
  const tryDeploy = (assembly: string, ...options: readonly string[]) =>
    cdk('deploy', '--app', assembly, '--all', '--require-approval', 'never', '--progress', 'events', ...options);
  return {
    bootstrap: (assembly) => must('bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', assembly),
    synth: async (name, { settings, catalog }) => {
      const file = (suffix: string) => join(folder, `${name}.${suffix}`);
      await writeFile(file('settings.json'), JSON.stringify(settings, undefined, 2));
      await writeFile(file('catalog.yaml'), catalog);
      const files = [`settings=${file('settings.json')}`, `catalog=${file('catalog.yaml')}`];
      const context = files.flatMap((each) => ['--context', each]);
      await must('synth', '--quiet', '--output', join(folder, name), ...context);
      return join(folder, name);
    },
    deploy: async (assembly, ...options) => {
      const file = join(folder, 'outputs.json');
      const ended = await tryDeploy(assembly, '--outputs-file', file, ...options);
      if (ended.exitCode !== 0) throw new Error(`cdk deploy ended with ${ended.exitCode}:\n${ended.stderr.trim()}`);
      const outputs = JSON.parse(await readFile(file, 'utf8')) as Record<string, StackOutputs>;
      return Object.values(outputs)[0] ?? {};
    },
    tryDeploy,
    destroy: (assembly) => must('destroy', '--app', assembly, '--all', '--force'),
  };
}
