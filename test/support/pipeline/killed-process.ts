/** The command line in a process of its own, killed at a moment that its progress tells. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const PROJECT = resolve(__dirname, '../../..');

/** Starts `pipeline run ...args` and kills it (SIGKILL) when it says the text. Rejects if it ends by itself. */
export function killWhenItSays(text: string, home: string, args: readonly string[]): Promise<void> {
  const argv = ['bin/pipeline.mjs', 'run', ...args, '--home', home, '--builder', 'embedded'];
  const child = spawn(process.execPath, argv, { cwd: PROJECT, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    if (said.includes(text)) child.kill('SIGKILL');
  });
  return new Promise((fulfil, reject) => {
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') fulfil();
      else reject(new Error(`the run ended by itself (${code}) and never said '${text}':\n${said}`));
    });
  });
}
