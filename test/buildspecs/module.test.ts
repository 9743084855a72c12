/** `buildspecs/module.yml` reads only what the contract names, and quotes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MODULE_JOB_ENV, MODULE_PROJECT_ENV } from '../../core/job-env';

const TEXT = readFileSync(join(__dirname, '../../buildspecs/module.yml'), 'utf8');

interface Phase {
  readonly commands: readonly string[];
}

const phases = (parse(TEXT) as { phases: Record<string, Phase> }).phases;
const commands = Object.values(phases).flatMap((phase) => phase.commands);
const script = commands.join('\n');
const contract: readonly string[] = [...Object.values(MODULE_JOB_ENV), ...Object.values(MODULE_PROJECT_ENV)];

/** Variables by their name in capitals: the script's own are lower case. */
function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? ''))];
}

describe('the buildspec of a module', () => {
  test('reads no variable that the contract does not name', () => {
    expect(variablesOf(script).filter((name) => !contract.includes(name))).toEqual([]);
  });

  test('uses every variable that the job tool does not read itself', () => {
    const ofTool: readonly string[] = [MODULE_JOB_ENV.contentDigest, MODULE_PROJECT_ENV.catalogFile];
    expect(contract.filter((name) => !ofTool.includes(name) && !variablesOf(script).includes(name))).toEqual([]);
  });

  test('every use of a variable is quoted', () => {
    const unquoted = script
      .split('\n')
      .filter((line) => !line.trim().startsWith('case "'))
      .filter((line) =>
        /\$/.test(
          line
            .replace(/"(?:[^"\\]|\\.)*"/g, '')
            .replace(/'[^']*'/g, '')
            .replace(/#.*$/, ''),
        ),
      );
    expect(unquoted).toEqual([]);
  });

  test('every command stops at its first failure', () => {
    expect(commands.filter((command) => !command.startsWith('set -euo pipefail\n'))).toEqual([]);
  });

  test('leaves what it built last of all, after the tests, and nothing runs after a build that failed', () => {
    const leaving = commands.findIndex((command) => command.includes('$PACKAGE_FOLDER'));

    expect(leaving).toBe(commands.length - 1);
    expect(commands.findIndex((command) => command.includes('-m pytest'))).toBe(leaving - 1);
    expect(commands.at(-1)).toContain('for object in sdist wheel package.json; do');
    expect(phases.post_build).toBeUndefined();
  });

  test('has no program of the job tool but its commands', () => {
    expect([...script.matchAll(/job-tool\.cjs (\w+)/g)].map(([, command]) => command)).toEqual(['module', 'packages']);
  });
});
