/** The deployed buildspec, run by bash with a small program in place of the Docker client that notes how it is called. */
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildImages } from '../../../core/image/build-images';
import { buildOutcome } from '../../../core/report/outcome';
import { createLocalCodeBuild } from '../../../local/build/local-code-build';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from './embedded/sample-source';
import { candidateOf, startBuildRequest } from './start-build-request';

const HOST = '127.0.0.1:1';
/** A file that only a command within a value could make. */
const CANARY = join(tmpdir(), `canary-${process.pid}`);
/** What an attacker would hope to have run. */
const HOSTILE = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `"; touch ${CANARY}; "`,
  `'; touch ${CANARY}; '`,
  `x\ntouch ${CANARY}`,
  `%60touch ${CANARY}%60 %n \\x60`,
  '--help',
];

let source: SampleSource;
let folder: string;
let calls: string;

beforeAll(async () => {
  source = await makeSampleSource();
});
afterAll(() => source.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker builder-'));
  calls = join(folder, 'calls');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A client that writes one line per call, its arguments as JSON, and then runs `script`. */
function client(script = 'exit 0'): string {
  const file = join(folder, 'docker');
  const note = `require('fs').appendFileSync(${JSON.stringify(calls)}, JSON.stringify(process.argv.slice(1)) + '\\n')`;
  writeFileSync(join(folder, 'note.cjs'), note);
  writeFileSync(file, `#!/bin/sh\n'${process.execPath}' '${folder}/note.cjs' "$@"\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function codeBuildWith(script: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  return createLocalCodeBuild({
    docker: { client: client(script), version: '20.10.24', env },
    logs: join(folder, 'logs'),
    toolFile: join(folder, 'job tool.js'),
    catalogFile: CATALOG_FILE,
    releases: RELEASES,
    mirrors: {},
    refuse: new Set(),
  });
}

async function build(script: string, request: Partial<Parameters<typeof startBuildRequest>[0]> = {}) {
  const codeBuild = codeBuildWith(script);
  const parameters = startBuildRequest({ source, service: 'chat', host: HOST, ...request });
  try {
    await codeBuild.startBuild(parameters);
    return undefined;
  } catch (thrown) {
    const error = thrown as Error;
    return buildOutcome({ service: 'chat', error: { Error: error.name, Cause: error.message } });
  } finally {
    await codeBuild.close();
  }
}

/** Calls of the client, without the program's own path. */
function calledWith(): string[][] {
  if (!existsSync(calls)) return [];
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as string[]).slice(1));
}

describe('a build with Docker', () => {
  test('checks the source, builds with the arguments of the catalog, then pushes the candidate', async () => {
    const failure = await build('exit 0');

    const candidate = candidateOf({ source, service: 'chat', host: HOST });
    expect(failure).toBeUndefined();
    expect(calledWith()).toEqual([
      ['buildx', 'version'],
      [
        'build',
        '--progress=plain',
        `--tag=${candidate}`,
        `--label=image-pipeline.input-digest=${source.digests.get('chat')}`,
        `--label=org.opencontainers.image.revision=${source.commit}`,
        expect.stringMatching(/^--file=\/.*\/source\/services\/chat\/Dockerfile$/),
        '--build-arg=GREETING=a b $(id)',
        '--',
        expect.stringMatching(/^\/.*\/source\/services\/chat$/),
      ],
      ['push', '--', candidate],
      ['image', 'rm', '--', candidate],
    ]);
  });

  test('works in folders with spaces in their names', async () => {
    expect(folder).toContain(' ');
    expect(source.location).toContain(' ');
    expect(await build('exit 0')).toBeUndefined();
  });

  test('gives Docker a catalog base image by content, built or released', async () => {
    const base = `base.${source.digests.get('base')}`;
    const released = `registry.example/team/base:in-${source.digests.get('base')}`;

    await build('exit 0', { service: 'child' });
    const fromCandidate = calledWith().slice(1, 3);
    rmSync(calls);
    await build(`[ "$3" = "${HOST}/candidates:${base}" ] && exit 1; exit 0`, { service: 'child' });

    expect(fromCandidate).toEqual([
      ['pull', '--', `${HOST}/candidates:${base}`],
      ['tag', '--', `${HOST}/candidates:${base}`, 'registry.example/team/base:v9'],
    ]);
    expect(calledWith().slice(2, 4)).toEqual([
      ['pull', '--', released],
      ['tag', '--', released, 'registry.example/team/base:v9'],
    ]);
  });

  test('builds nothing if a catalog base image is missing', async () => {
    const outcome = await build('[ "$1" = pull ] && echo "not found" >&2 && exit 1; exit 0', { service: 'child' });

    expect(outcome).toMatchObject({ status: 'FAILED', cause: 'exit code 1: not found' });
    expect(calledWith().map(([command]) => command)).toEqual(['buildx', 'pull', 'pull', 'version']);
  });

  test('does not call Docker for a source with another input digest', async () => {
    const outcome = await build('exit 0', { inputDigest: 'f'.repeat(40) });

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('nothing was built') });
    expect(calledWith().filter(([command]) => command !== 'version' && command !== 'buildx')).toEqual([]);
  });

  test('does not push a failed build, and reports the last line of the log', async () => {
    const outcome = await build('[ "$1" = version ] && exit 0; echo "no such base image" >&2; exit 1');

    expect(outcome).toMatchObject({ status: 'FAILED', cause: 'exit code 1: no such base image' });
    expect(calledWith().map(([command]) => command)).toEqual(['buildx', 'build', 'version']);
    expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain('no such base image');
  });

  test('removes what a stopped buildx left behind, and no other container', async () => {
    const { buildkit } = buildImages();
    const listed = [`probe ${buildkit} "/bin/true"`, `other ${buildkit} "buildkitd"`, 'own debian:12 "/bin/true"'];
    const list = listed.map((line) => `echo '${line}'`).join('; ');
    const codeBuild = codeBuildWith(`[ "$2" = ls ] && { ${list}; exit 0; }; [ "$1" = build ] && sleep 60; exit 0`);
    const built = codeBuild
      .startBuild(startBuildRequest({ source, service: 'chat', host: HOST }))
      .catch(() => undefined);
    while (!calledWith().some(([command]) => command === 'build')) await setTimeout(50);
    await codeBuild.close();
    await built;

    expect(calledWith().filter(([, command]) => command === 'rm')).toEqual([['container', 'rm', 'probe']]);
  });

  test('is a fault of the machine if the engine stopped', async () => {
    const outcome = await build('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    expect(outcome).toMatchObject({
      status: 'FAULT',
      cause: expect.stringContaining('no longer answers; start it, then start the run again'),
    });
  });

  test.each([
    ['https://example.org/', 'is not a folder of this machine'],
    ['bucket/sources/c/', 'is not a folder of this machine'],
    ['/no/such/folder/', 'ENOENT'],
  ])('builds nothing of a source at %s', async (location, message) => {
    const outcome = await build('exit 0', { source: { ...source, location } });
    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining(message) });
    expect(existsSync(calls)).toBe(false);
  });

  test.each(HOSTILE)('treats %j as data', async (text) => {
    const digests = new Map([...source.digests, [text, 'f'.repeat(40)]]);
    const location = `${join(folder, text)}/`;
    cpSync(source.location, location, { recursive: true });
    await build('exit 0', { source: { ...source, digests, location }, service: text, commit: text });
    await build('exit 0', { run: text, commit: text });

    expect(calledWith().filter(([command]) => command === 'build')).toHaveLength(1);
    expect(existsSync(CANARY)).toBe(false);
  });

  test('removes programs and working folders', async () => {
    const temporary = mkdtempSync(join(folder, 'tmp-'));
    const mock = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
    try {
      await build('exit 0');
      expect(mock).toHaveBeenCalled();
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      mock.mockRestore();
    }
  });
});
