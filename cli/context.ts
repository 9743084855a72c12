/** The context of every command, and the options that several commands share. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RegistryPatience } from '../adapters/registry/oci-registry';
import { REFERENCE_REGION } from '../core/estimate/price';
import { BUILDERS } from '../local/build/build-tools';
import type { Output } from './output/print';

/**
 * The one convention for exit codes. `failed`: the command did its work, and the result is bad, such as a failed run or drift; or the
 * work broke off. `refused`: it could not begin, because options, input, files, credentials or an address are wrong; nothing was changed.
 */
export const EXIT = { done: 0, failed: 1, refused: 2 } as const;

/** The streams that a command prints to, and the function that sets its exit code: one of `EXIT`. */
export interface CommandContext {
  /** Results. */
  readonly stdout: Output;
  /** Progress, remarks and errors. */
  readonly stderr: Output;
  readonly setExitCode: (code: number) => void;
}

/** The options of a command that has `--json`. */
export type WithJson<Options> = Options & { readonly json: boolean };

/** Adds options and action to a command. */
export type Configure = (command: Command, context: CommandContext) => void;

export const REPO = ['--repo <dir>', 'a clone or bare repository on this machine', '.'] as const;
export const VALUES_REPO = [
  '--values-repo <dir>',
  'a clone of the values repository, whose HEAD has the version lock',
] as const;
export const CATALOG = [
  '--catalog <file>',
  'the catalog; default: pipeline.yaml of the commit, otherwise of the work tree',
] as const;
export const BASE = ['--base <ref>', 'the commit to compare with'] as const;
export const JSON_OUT = ['--json', 'print JSON', false] as const;
export const KEEP_GOING = ['--keep-going', 'plan what can be planned, and list the rest', false] as const;
export const HOME = ['--home <dir>', 'the folder of the local pipeline', '.local/demo'] as const;
export const STACK = ['--stack <name>', 'the name of the stack; default: what the settings say'] as const;
export const DEPLOYED = ['--stack <name>', 'the deployed stack, whose outputs name its resources'] as const;
export const DEPLOYED_REGION = [
  '--region <region>',
  'the region of --stack; default: AWS_REGION, otherwise that of the profile',
] as const;
export const QUIET = ['--quiet', 'print only results and errors: no progress, no remarks'] as const;
export const VERBOSE = ['--verbose', 'print a line for each job of the run, instead of the live tree'] as const;
export const DRY_RUN = ['--dry-run', 'plan and report, but write nothing'] as const;
export const FAIL: readonly [string, string, string[]] = [
  '--fail <service...>',
  'make the builds of these services fail, to rehearse a failure',
  [],
];
export const RECORDED = [
  '--recorded <stack-or-home>',
  'use the times that builds of this deployed stack, or of the local pipeline in this folder, took',
] as const;
export const PRICE_REGION = [
  '--region <region>',
  'the AWS region whose prices the estimate uses, and which has the stack of --recorded',
  REFERENCE_REGION,
] as const;

/** Returns `--ref` with a description. */
export function ref(text = 'branch, tag or commit'): readonly ['--ref <ref>', string, string] {
  return ['--ref <ref>', text, 'HEAD'];
}

/** Returns `--port` of a server on this machine. */
export function port(standard: number) {
  const parse = (text: string): number => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    throw new InvalidArgumentError('write a number from 0 to 65535.');
  };
  return ['--port <port>', 'the port on 127.0.0.1; 0 takes any free one', parse, standard] as const;
}

/** Returns `--releases`: where the team's own images are released. */
export function releasesOption(): Option {
  const text = 'where your own images are released, to recognize them in FROM; default: guessed from the Dockerfiles';
  return new Option('--releases <host/namespace>', text).argParser((value: string) => {
    if (/^[^/\s]+\/[^\s]+$/.test(value)) return value;
    throw new InvalidArgumentError('write a registry host and a namespace, such as docker.io/team.');
  });
}

/** Returns `--builder`: what builds images on this machine. */
export function builderOption(): Option {
  return new Option('--builder <builder>', 'what builds images').choices(BUILDERS).default('auto');
}

/** Adds `--python`, `--npm`, `--maven` and `--go`. */
export function addModuleTools(command: Command): Command {
  const text = (tool: string) =>
    `build and test modules with this machine's ${tool}; default: package their files and run nothing`;
  return command
    .option('--python', text('Python'))
    .option('--npm', text('npm'))
    .option('--maven', text('Maven'))
    .option('--go', text('Go'));
}

/** Reads a host with an optional path, before which `http://` allows plain HTTP. The caller checks the place. */
export function parseRegistryAddress(address: string) {
  const [, scheme, place = '', host = ''] = /^(?:(https?):\/\/)?(([^/]*).*?)\/?$/s.exec(address) ?? [];
  return { place, plainHttp: scheme === 'http' ? [host] : [] } as const;
}

/** Of commands that read from a registry: a person waits for the answer, and can repeat the command. */
export const PATIENCE: RegistryPatience = { timeout: 20_000, retry: { tries: 3, firstWait: 300, longestWait: 5_000 } };

/** Returns the program that this is: the board starts its commands with it. */
export function ownProgram(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
}
