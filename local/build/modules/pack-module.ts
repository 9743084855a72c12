/** Packs packages without their tools. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { modFile } from '../../../core/modules/go/go';
import { GO_MOD } from '../../../core/modules/go/go-mod';
import { splitName } from '../../../core/modules/maven/maven';
import { POM } from '../../../core/modules/maven/pom';
import { tarballName } from '../../../core/modules/npm/npm';

/** The source of a package. `files` are paths in `folder`. */
interface EmbeddedPackage {
  readonly folder: string;
  readonly files: readonly string[];
  /** Its name in the index. */
  readonly name: string;
  /** The name that people import, if the folder itself is the package. */
  readonly imported: string;
  readonly version: string;
}

/** Packs the package of a module into the folder `dist`. */
export function packModule(kind: string, source: EmbeddedPackage, dist: string): Promise<void> {
  if (kind === 'go') return packGo(source, dist);
  if (kind === 'maven') return packMaven(source, dist);
  return kind === 'npm' ? packNpm(source, dist) : packPython(source, dist);
}

/** A Go module is read from git. The build leaves its `go.mod`. */
async function packGo({ folder, version }: EmbeddedPackage, dist: string): Promise<void> {
  await cp(join(folder, GO_MOD), join(dist, modFile(version)));
}

/** The earliest time that a ZIP file can store. It makes packages of equal files equal. */
const NO_TIME = new Date(1980, 0, 1);

/** The folders whose files are in a JAR. Nothing compiles the sources. */
const PACKED = /^src\/main\/(java|kotlin|scala|resources)\//;

/** Writes a JAR of sources and resources, and the POM, into the folder `dist`. */
async function packMaven({ folder, files, name, version }: EmbeddedPackage, dist: string): Promise<void> {
  const stem = `${splitName(name).artifact}-${version}`;
  const entries: Record<string, Uint8Array> = {};
  for (const file of files) {
    if (PACKED.test(file)) entries[file.replace(PACKED, '')] = await readFile(join(folder, file));
  }
  await writeFile(join(dist, `${stem}.jar`), zipSync(entries, { mtime: NO_TIME }));
  await writeFile(join(dist, `${stem}.pom`), await readFile(join(folder, POM)));
}

/** Writes a tarball of the files into the folder `dist`. Unlike `npm pack`, it reads neither `files` nor `.npmignore`. */
async function packNpm({ folder, files, name, version }: EmbeddedPackage, dist: string): Promise<void> {
  const archive = pack();
  const writing = pipeline(archive, createGzip(), createWriteStream(join(dist, tarballName(name, version))));
  for (const file of files) {
    const path = join(folder, file);
    const { mode } = await stat(path);
    const header = { name: `package/${file}`, mode: mode & 0o100 ? 0o755 : 0o644, mtime: new Date(0) };
    archive.entry(header, await readFile(path));
  }
  archive.finalize();
  await writing;
}

/** Files about a package, which are not installed with it. */
const NOT_INSTALLED =
  /^(setup\.(py|cfg)|pyproject\.toml|MANIFEST\.in|README[^/]*|[^/]*requirements[^/]*\.txt|tests?\/.*)$/;

/** Writes a wheel and an sdist of the files into the folder `dist`. */
async function packPython(source: EmbeddedPackage, dist: string): Promise<void> {
  const { version } = source;
  const contents = new Map<string, Buffer>();
  for (const file of source.files) contents.set(file, await readFile(join(source.folder, file)));
  const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${source.name}\nVersion: ${version}\n`);
  const stem = source.name.replace(/[-_.]+/g, '_').toLowerCase();

  const wheel = wheelOf(`${stem}-${version}.dist-info`, installed(contents, source.imported), metadata);
  await writeFile(join(dist, `${stem}-${version}-py3-none-any.whl`), wheel);
  const top = `${stem}-${version}`;
  await writeSdist(new Map([['PKG-INFO', metadata], ...contents]), top, join(dist, `${top}.tar.gz`));
}

/** Returns the files to install. A folder that is a package gets its name; one that contains packages (also in `src`) stays as it is. */
function installed(contents: ReadonlyMap<string, Buffer>, imported: string): ReadonlyMap<string, Buffer> {
  const files = [...contents].filter(([file]) => !NOT_INSTALLED.test(file));
  if (contents.has('__init__.py')) return new Map(files.map(([file, bytes]) => [`${imported}/${file}`, bytes]));
  return new Map(files.map(([file, bytes]) => [file.replace(/^src\//, ''), bytes]));
}

/** Returns the wheel: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
function wheelOf(info: string, files: ReadonlyMap<string, Buffer>, metadata: Buffer): Uint8Array {
  const tags = Buffer.from(
    'Wheel-Version: 1.0\nGenerator: embedded-builder\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  );
  const all = new Map([...files, [`${info}/METADATA`, metadata], [`${info}/WHEEL`, tags]]);
  const lines = [...all].map(([file, bytes]) => `${recorded(file)},sha256=${digestOf(bytes)},${bytes.length}`);
  const record = Buffer.from([...lines, `${info}/RECORD,,`, ''].join('\n'));
  return zipSync(Object.fromEntries([...all, [`${info}/RECORD`, record]]), { mtime: NO_TIME });
}

/** Returns the path as a field of the list of files, which is CSV. */
function recorded(file: string): string {
  return /[",\n]/.test(file) ? `"${file.replaceAll('"', '""')}"` : file;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

async function writeSdist(files: ReadonlyMap<string, Buffer>, top: string, path: string): Promise<void> {
  const archive = pack();
  for (const [file, bytes] of files) archive.entry({ name: `${top}/${file}`, mtime: new Date(0) }, bytes);
  archive.finalize();
  await pipeline(archive, createGzip(), createWriteStream(path));
}
