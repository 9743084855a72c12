/** Packs the job tool and all that it imports into one file, for which a build machine needs only Node. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';

/** Where the published package has the tool, which has no sources. */
const BUILT = join(__dirname, '../../dist/package/assets/buildspecs/job/job-tool.cjs');

/** Writes the job tool to `outFile` (CommonJS, for Node 20 and later). Equal sources give equal bytes. */
export async function bundleJobTool(outFile: string): Promise<void> {
  const source = join(__dirname, 'main.ts');
  await writeFileAtomically(outFile, existsSync(source) ? await bundled(source) : await readFile(BUILT));
}

async function bundled(source: string): Promise<Buffer> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    write: false,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild made no job tool');
  return Buffer.from(file.contents);
}
