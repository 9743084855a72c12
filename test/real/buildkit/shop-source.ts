/** A small monorepo for real builds: images with a base image, with another image of the catalog, for two platforms, with tests, and one that hangs. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from '../../local/build/embedded/sample-source';
import type { TestEntry } from '../../support/git/git-repository';
import type { BuildkitPrograms } from './buildkit-programs';

/** The bytes of a large file. They cannot be compressed. */
const LARGE = 24_000_000;

const TEXTS: Readonly<Record<string, string>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'services:',
    '  base: { path: base, context: service }',
    '  app: { path: app, context: service }',
    '  tested: { path: tested, context: service, test: { target: tests } }',
    '  failing: { path: failing, context: service, test: { command: [sh, -c, "echo expected 4; exit 1"] } }',
    '  broken: { path: broken, context: service, test: { target: tests } }',
    '  copied: { path: copied, context: service, platforms: [linux/amd64, linux/arm64] }',
    '  emulated: { path: emulated, context: service, platforms: [linux/amd64, linux/arm64] }',
    '  slow: { path: slow, context: service }',
    '  large: { path: large, context: service }',
    '  hungry: { path: hungry, context: service }',
    '  busy: { path: busy, context: service }',
    '  killed: { path: killed, context: service }',
    '',
  ].join('\n'),
  'base/Dockerfile': 'FROM scratch\nCOPY base.txt /\n',
  'base/base.txt': 'base\n',
  'app/Dockerfile': [
    '# syntax=docker/dockerfile:1',
    'FROM tools:1 AS build',
    'COPY in.txt /in.txt',
    'RUN cat /in.txt > /out.txt',
    `FROM ${RELEASES}/base:v9`,
    'COPY program /',
    'COPY --from=build /out.txt /',
    '',
  ].join('\n'),
  'app/in.txt': 'in\n',
  'tested/Dockerfile': 'FROM tools:1 AS app\nRUN echo built > /a\nFROM app AS tests\nRUN cat /a\nFROM app\n',
  'failing/Dockerfile': 'FROM tools:1\nRUN echo built > /a\n',
  'broken/Dockerfile': 'FROM tools:1 AS app\nRUN cat /missing\nFROM app AS tests\nRUN cat /a\nFROM app\n',
  'copied/Dockerfile': 'FROM scratch\nCOPY copied.txt /\n',
  'copied/copied.txt': 'copied\n',
  'emulated/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY cpu-$TARGETARCH /cpu\nRUN ["/cpu"]\n',
  'slow/Dockerfile': 'FROM tools:1\nRUN sleep 600\n',
  'hungry/Dockerfile': `FROM tools:1\nCOPY large.bin /\nRUN --mount=type=tmpfs,target=/memory cat${' /large.bin'.repeat(13)} > /memory/all && sleep 4\n`,
  // The kernel ends the inner shell after three seconds of CPU.
  'busy/Dockerfile': 'FROM tools:1\nRUN (ulimit -t 3; while :; do :; done) || sleep 2\n',
  'killed/Dockerfile': "FROM tools:1\nRUN sh -c 'kill -9 $$'; exit $?\n",
  'large/Dockerfile': 'FROM tools:1\nCOPY large.bin /\nRUN sleep 2\n',
};

/** `hungry` keeps 13 copies in memory. */
export const HUNGRY_BYTES = 13 * LARGE;

/** Makes the sources. The scanner, a Go program, becomes a part of `app`. */
export async function makeShopSource({ paths }: BuildkitPrograms): Promise<SampleSource> {
  const program = async (path: string) => ({ mode: '100755', content: await readFile(path) }) as const;
  const files: Readonly<Record<string, TestEntry>> = {
    ...TEXTS,
    'app/program': await program(paths.scanner),
    'emulated/cpu-amd64': await program(paths['cpu-amd64']),
    'emulated/cpu-arm64': await program(paths['cpu-arm64']),
    'large/large.bin': randomBytes(LARGE),
    'hungry/large.bin': randomBytes(LARGE),
  };
  return makeSampleSource(files);
}
