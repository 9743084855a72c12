/** `buildspecs/image.yml` reads only what the contract names, and quotes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { JOB_ENV, PROJECT_ENV } from '../../core/job-env';

const TEXT = readFileSync(join(__dirname, '../../buildspecs/image.yml'), 'utf8');

interface Phase {
  readonly commands: readonly string[];
}

const phases = (parse(TEXT) as { phases: Record<string, Phase> }).phases;
const script = Object.values(phases)
  .flatMap(({ commands }) => commands)
  .join('\n');
const contract: readonly string[] = [...Object.values(JOB_ENV), ...Object.values(PROJECT_ENV)];

/** Variables by their name in capitals: the script's own are lower case. */
function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? ''))];
}

describe('the buildspec of an image', () => {
  test('reads no variable that the contract does not name', () => {
    expect(variablesOf(script).filter((name) => !contract.includes(name))).toEqual([]);
  });

  test('uses every variable that the job tool does not read itself', () => {
    const ofTool: readonly string[] = [
      JOB_ENV.inputDigest,
      JOB_ENV.bases,
      PROJECT_ENV.catalogFile,
      PROJECT_ENV.releases,
      PROJECT_ENV.cacheRepository,
      PROJECT_ENV.mirrors,
      PROJECT_ENV.repositoryUrl,
    ];
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
    const commands = Object.values(phases).flatMap((phase) => phase.commands);
    expect(commands.filter((command) => !command.startsWith('set -euo pipefail\n'))).toEqual([]);
  });

  test('pushes only after the build in the same command', () => {
    const [command = ''] = phases.build?.commands ?? [];
    expect(command.indexOf('docker build ')).toBeGreaterThan(0);
    expect(command.indexOf('docker push')).toBeGreaterThan(command.indexOf('docker build '));
    expect(phases.post_build).toBeUndefined();
  });
});
