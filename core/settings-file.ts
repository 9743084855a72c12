/** Settings as a person writes them into a file: what is said if the file is not there, or is no JSON. */
import { ERROR_NAMES } from './contract';
import { InvalidInputError } from './errors';
import { findJsonFault } from './json-fault';
import { type Deployment, parseSettings, type Settings } from './settings';
import { unreadableFile } from './unreadable-file';

/** The least that settings have. */
const EXAMPLE = `Settings look like this, and core/settings.ts has all of them:
  {
    "git": { "host": "github", "repository": "team/monorepo" },
    "valuesFile": "chart/values.yaml",
    "releases": { "host": "ecr", "namespace": "team" },
    "candidates": { "host": "ecr", "repository": "team-candidates" }
  }`;

/** The settings in a file's text. Throws `InvalidSettings` with line and column, or with all problems of the settings. */
export function parseSettingsText(path: string, text: string, deployment?: Deployment): Settings {
  const fault = findJsonFault(text);
  if (fault === undefined) return parseSettings(JSON.parse(text), deployment);
  const { line, column, message } = fault;
  const problem = { path, line, message: `column ${column}: ${message}` };
  throw new InvalidInputError('the settings are no JSON', [problem], EXAMPLE, ERROR_NAMES.invalidSettings);
}

/** The error for a file of settings that cannot be read. `option` is how another file is named: `--settings FILE`. */
export function unreadableSettings(path: string, error: unknown, option: string): InvalidInputError {
  const message = `${unreadableFile(error)}; write it, or name another one with ${option}`;
  return new InvalidInputError(
    'the settings cannot be read',
    [{ path, message }],
    EXAMPLE,
    ERROR_NAMES.invalidSettings,
  );
}
