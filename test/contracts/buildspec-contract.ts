/** The contract of every buildspec: it reads only the variables that its contract names, quotes them, and stops at the first failure. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Phase {
  readonly commands: readonly string[];
}

/** A buildspec as tests look at it. */
export interface ReadBuildspec {
  readonly phases: Readonly<Record<string, Phase>>;
  readonly commands: readonly string[];
  readonly script: string;
}

/** The buildspec `buildspecs/<name>.yml`. */
export function readBuildspec(name: string): ReadBuildspec {
  const text = readFileSync(join(__dirname, '../../buildspecs', `${name}.yml`), 'utf8');
  const { phases } = parse(text) as { phases: Record<string, Phase> };
  const commands = Object.values(phases).flatMap((phase) => phase.commands);
  return { phases, commands, script: commands.join('\n') };
}

/** Variables by their name in capitals: the script's own are lower case. */
function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? ''))];
}

/** `contract` are the names of all variables that the job has, `ofTool` those of them that the job tool reads itself. */
export function buildspecContract(
  { script, commands }: ReadBuildspec,
  contract: readonly string[],
  ofTool: readonly string[],
): void {
  test('reads no variable that the contract does not name', () => {
    expect(variablesOf(script).filter((name) => !contract.includes(name))).toEqual([]);
  });

  test('uses every variable that the job tool does not read itself', () => {
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
}
