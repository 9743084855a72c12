/** Packs the job tool and all that it imports into one file, for which a build machine needs only Node. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';

/** Writes the job tool to `outFile` (CommonJS, for Node 20 and later). Equal sources give equal bytes. */
export async function bundleJobTool(outFile: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'main.ts')],
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
  await writeFileAtomically(outFile, Buffer.from(file.contents));
}
