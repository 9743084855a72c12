/** The options that say what builds, where a command builds on this machine. */
import { Option } from 'commander';
import { BUILDERS } from '../local/choose-builder';

/** `--builder`. */
export function builderOption(): Option {
  return new Option('--builder <builder>', 'what builds images').choices(BUILDERS).default('auto');
}

/** `--python`. */
export function pythonOption(): Option {
  const text = "build and test modules with this machine's Python; default: packages of their files, nothing is run";
  return new Option('--python', text);
}
