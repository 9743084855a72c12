/**
 * Runs git for tests from a process that stays small. The larger a process, the longer Linux takes to fork it: git starts in 1 ms from one
 * of 40 MB, and in 44 ms from a worker of jest of 600 MB. Each worker loads this file once, by `requireNatively`.
 */
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { mkdtempSync, openSync, readSync, rmSync, writeSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

let pipes;

/** Runs git and returns its standard output, a Buffer. `input` is a Buffer. Throws as `execFileSync` does. */
exports.runGit = (args, { env, input }) => {
  pipes ??= start();
  writeMessage(pipes.requests, { args, env }, [input]);
  const [{ status, error }, stdout, stderr] = readMessage(pipes.responses);
  if (status === 0) return stdout;
  const why = error ?? `Command failed: git ${args.join(' ')}\n${stderr}`;
  throw Object.assign(new Error(why), { status, stdout, stderr });
};

/** Named pipes, because only files can be waited for without an event loop. */
function start() {
  const folder = mkdtempSync(join(tmpdir(), 'git-process-'));
  const [requests, responses] = ['requests', 'responses'].map((name) => join(folder, name));
  execFileSync('mkfifo', [requests, responses]);
  spawn(process.execPath, [__filename, requests, responses], { stdio: ['ignore', 'ignore', 'inherit'] }).unref();
  // Each waits until the other side has opened it, too.
  const opened = { requests: openSync(requests, 'w'), responses: openSync(responses, 'r') };
  rmSync(folder, { recursive: true });
  return opened;
}

/** Answers until the worker ends, which closes the pipe. */
function serve(requestPath, responsePath) {
  const requests = openSync(requestPath, 'r');
  const responses = openSync(responsePath, 'w');
  for (let message = readMessage(requests); message !== undefined; message = readMessage(requests)) {
    const [{ args, env }, input] = message;
    const { status, error, stdout, stderr } = spawnSync('git', args, { env, input, maxBuffer: 1 << 30 });
    writeMessage(
      responses,
      { status, error: error?.message },
      [stdout ?? '', stderr ?? ''].map((each) => Buffer.from(each)),
    );
  }
}

/** A message is a line of JSON with the lengths of the contents that follow it, behind the length of the line in 8 hex digits. */
function writeMessage(file, facts, contents) {
  const line = Buffer.from(JSON.stringify({ ...facts, lengths: contents.map(({ length }) => length) }));
  const bytes = Buffer.concat([Buffer.from(line.length.toString(16).padStart(8, '0')), line, ...contents]);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Returns facts and contents; undefined at the end of the file. */
function readMessage(file) {
  const length = readBytes(file, 8);
  if (length === undefined) return undefined;
  const facts = JSON.parse(readBytes(file, Number.parseInt(length.toString(), 16)));
  return [facts, ...facts.lengths.map((each) => readBytes(file, each))];
}

function readBytes(file, length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

if (require.main === module) serve(process.argv[2], process.argv[3]);
