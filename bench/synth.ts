/** Measures synthesis: the app as a whole process, bundling and checks included, the CDK command line excluded. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** In seconds, for the files that `cdk.json` names. */
export const SYNTH_TARGET = 10;

/** Milliseconds. Throws what the app printed if it failed. */
export function timeSynth(): number {
  const root = resolve(__dirname, '..');
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  try {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the app cannot be synthesized: ${stderr}`);
    return performance.now() - start;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
