/** The commands that look at a repository on disk and change nothing: catalog, plan, estimate, explain, backtest, graph. */

import { Option } from 'commander';
import { BUILDERS } from '../local/build/choose-builder';
import type { Output } from './output/print';

/** Where commands print, and how they say how it went. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly setExitCode: (code: number) => void;
}

// The options that say what builds, where a command builds on this machine.

/** `--builder`. */
export function builderOption(): Option {
  return new Option('--builder <builder>', 'what builds images').choices(BUILDERS).default('auto');
}

/** `--python`. */
export function pythonOption(): Option {
  const text = "build and test modules with this machine's Python; default: packages of their files, nothing is run";
  return new Option('--python', text);
}
