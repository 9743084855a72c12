/** Deploys the app with CDK's own command line into the emulated account. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ACCOUNT, type Emulator, REGION } from './emulator/emulator';
import { type Ended, run } from './processes';

const PROJECT = resolve(__dirname, '..');
const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** What an app is deployed with. */
export interface AppFiles {
  /** JSON of the settings. */
  readonly settings: object;
  /** Text of the catalog. */
  readonly catalog: string;
}

/** The outputs of a deployed stack. */
export type StackOutputs = Readonly<Record<string, string>>;

export interface Cdk {
  /** Bootstraps the account. The assembly only spares one more synthesis. */
  bootstrap(assembly: string): Promise<void>;
  /** Synthesizes the app into a folder of this name, which is returned. */
  synth(name: string, app: AppFiles, context?: Readonly<Record<string, string>>): Promise<string>;
  /** Deploys what was synthesized into the folder. Throws with what CDK printed if it fails. */
  deploy(assembly: string, ...options: readonly string[]): Promise<StackOutputs>;
  /** The same, however it ends. */
  tryDeploy(assembly: string, ...options: readonly string[]): Promise<Ended>;
  destroy(assembly: string): Promise<void>;
}

/** The command line with the emulator's credentials. Files are written below `folder`. */
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
    synth: async (name, { settings, catalog }, context = {}) => {
      const file = (suffix: string) => join(folder, `${name}.${suffix}`);
      await writeFile(file('settings.json'), JSON.stringify(settings, undefined, 2));
      await writeFile(file('catalog.yaml'), catalog);
      const named = { settings: file('settings.json'), catalog: file('catalog.yaml'), ...context };
      const options = Object.entries(named).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
      await must('synth', '--quiet', '--output', join(folder, name), ...options);
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
