/** Runs this program's own commands as child processes: they cannot block the server, and their memory is given back. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { type CommandWords, commandText } from '../../core/board/actions';
import type { CommandView } from '../../core/board/pages/actions';
import { messageOf } from '../../core/contract/errors';

/** The program and its first arguments: Node and the entry file. */
export type OwnProgram = readonly [program: string, ...args: string[]];

/** Output that is kept, in characters, and the time that a command may take, in ms. */
const MAX_OUTPUT = 40_000_000;
const LONGEST = 300_000;

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(
  [program, ...first]: OwnProgram,
  words: readonly string[],
  onOutput: (text: string) => void,
  timeout?: number,
): Promise<Ended> {
  return new Promise((fulfil) => {
    const child = spawn(program, [...first, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeout === undefined ? {} : { timeout }),
    });
    const texts = { stdout: '', stderr: '' };
    const take = (name: keyof typeof texts) => (chunk: string) => {
      if (texts[name].length < MAX_OUTPUT) texts[name] += chunk;
      onOutput(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take('stdout'));
    child.stderr.setEncoding('utf8').on('data', take('stderr'));
    child.on('error', (error) => fulfil({ exitCode: 1, stdout: '', stderr: messageOf(error) }));
    child.on('close', (code) => fulfil({ exitCode: code ?? 1, ...texts }));
  });
}

/** An answer that takes longer than a page may: it is there, still being worked out, or cannot be had. */
export type Answer =
  | { readonly state: 'ready'; readonly output: string }
  | { readonly state: 'working' }
  | { readonly state: 'failed'; readonly text: string };

/** Works out answers once, in the background, one at a time. */
export interface Answers {
  /** Returns the answer of a command that writes nothing, and whose words name all that it depends on. */
  ask(command: CommandWords): Answer;
  /** Grows with every answer. */
  version(): number;
}

/** Answers that are kept. A page of a graph has about a megabyte. */
const KEPT = 12;

/** Opens an empty set of answers. */
export function openAnswers(program: OwnProgram): Answers {
  const known = new Map<string, Answer>();
  const limit = pLimit(1);
  let version = 0;

  async function workOut(key: string, [, ...words]: CommandWords): Promise<void> {
    const { exitCode, stdout, stderr } = await runProgram(program, words, () => undefined, LONGEST);
    known.set(
      key,
      exitCode === 0 ? { state: 'ready', output: stdout } : { state: 'failed', text: lastLines(stderr) || 'it failed' },
    );
    version += 1;
  }

  return {
    ask: (command) => {
      const key = command.join(' ');
      const answer = known.get(key);
      if (answer !== undefined) {
        known.delete(key);
        known.set(key, answer);
        return answer;
      }
      const working = { state: 'working' } as const;
      known.set(key, working);
      const oldest = [...known].find(([, { state }]) => state !== 'working');
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest[0]);
      void limit(() => workOut(key, command));
      return working;
    },
    version: () => version,
  };
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join(' ').slice(0, 1000);
}

/** Commands that a person started, with their output. */
export interface StartedCommands {
  /** Starts the command and returns its id. `work` replaces the child process. */
  start(title: string, command: CommandWords, work?: () => Promise<string>): string;
  ended(id: string): Promise<void>;
  find(id: string): CommandView | undefined;
  version(): number;
}

/** Commands that are remembered, and the end of each one's output, in characters. */
const REMEMBERED = 100;
const OUTPUT_SHOWN = 20_000;

/** The run's name, as `pipeline run` and `pipeline start` print it. */
const RUN_IN_OUTPUT = /^(?:run (\S+)|(\S+): started)/m;

/** Opens an empty list. */
export function openCommands(program: OwnProgram): StartedCommands {
  const commands = new Map<string, CommandView>();
  const ends = new Map<string, Promise<void>>();
  let version = 0;

  function update(id: string, change: Partial<CommandView>): void {
    const known = commands.get(id);
    if (known === undefined) return;
    commands.set(id, { ...known, ...change });
    version += 1;
  }

  function append(id: string, text: string): void {
    const output = `${commands.get(id)?.output ?? ''}${text}`.slice(-OUTPUT_SHOWN);
    const [, run, started] = RUN_IN_OUTPUT.exec(output) ?? [];
    const found = run ?? started;
    update(id, { output, ...(found === undefined ? {} : { run: found }) });
  }

  return {
    start: (title, command, work) => {
      const id = randomUUID();
      commands.set(id, { title, command: commandText(command), state: 'running', output: '' });
      const [, ...words] = command;
      const done = work === undefined ? runProgram(program, words, (text) => append(id, text)) : ownWork(work);
      ends.set(
        id,
        done.then(({ exitCode, stderr }) => {
          if (work !== undefined) append(id, stderr);
          update(id, { state: exitCode === 0 ? 'done' : 'failed' });
        }),
      );
      const oldest = [...commands].find(([, { state }]) => state !== 'running');
      if (commands.size > REMEMBERED && oldest !== undefined) commands.delete(oldest[0]);
      return id;
    },
    ended: async (id) => ends.get(id),
    find: (id) => commands.get(id),
    version: () => version,
  };
}

async function ownWork(work: () => Promise<string>): Promise<Ended> {
  try {
    return { exitCode: 0, stdout: '', stderr: await work() };
  } catch (error) {
    const name = error instanceof Error ? `${error.name}: ` : '';
    return { exitCode: 1, stdout: '', stderr: `${name}${messageOf(error)}` };
  }
}
