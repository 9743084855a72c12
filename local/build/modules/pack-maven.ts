/** Packs Maven packages without Maven. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { splitName } from '../../../core/modules/maven/maven';
import { POM } from '../../../core/modules/maven/pom';
import type { EmbeddedPackage } from './embedded-package';

/** The earliest time that a ZIP file can store. It makes JARs of equal files equal. */
const NO_TIME = new Date(1980, 0, 1);

/** The folders whose files are in a JAR. Nothing compiles the sources. */
const PACKED = /^src\/main\/(java|kotlin|scala|resources)\//;

/** Writes a JAR of sources and resources, and the POM, into the folder `dist`. */
export async function packMaven({ folder, files, name, version }: EmbeddedPackage, dist: string): Promise<void> {
  const stem = `${splitName(name).artifact}-${version}`;
  const entries: Record<string, Uint8Array> = {};
  for (const file of files) {
    if (PACKED.test(file)) entries[file.replace(PACKED, '')] = await readFile(join(folder, file));
  }
  await writeFile(join(dist, `${stem}.jar`), zipSync(entries, { mtime: NO_TIME }));
  await writeFile(join(dist, `${stem}.pom`), await readFile(join(folder, POM)));
}
