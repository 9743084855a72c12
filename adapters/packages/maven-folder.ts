/** A Maven repository as a folder, instead of CodeArtifact in AWS. It is a repository for Maven by its address, `file:///.../maven`. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { isWholeRelease } from '../../core/modules/ecosystem';
import { MAVEN, packagePath } from '../../core/modules/maven/maven';
import { printMetadata } from '../../core/modules/maven/metadata';
import { checkPom } from '../../core/modules/maven/pom';
import type { PackageIndex } from '../../core/ports/packages';
import { createFileAtomically, writeFileAtomically } from '../disk/atomic-file';
import { ifMissing } from '../disk/missing';

/** Returns the folder of the repository. */
export function mavenFolder(directory: string): string {
  return join(directory, 'maven');
}

/** Creates access to packages below `<directory>/maven`, which the first package creates. */
export function createMavenFolder(directory: string): PackageIndex {
  const root = mavenFolder(directory);
  const folderOf = (name: string) => join(root, packagePath(name));
  const filesOf = async (name: string, version: string) =>
    (await namesIn(join(folderOf(name), version))).filter((file) => MAVEN.partOf(file) !== undefined);
  return {
    find: async (name, suffix) => {
      const versions = (await namesIn(folderOf(name))).filter((version) => version.endsWith(suffix));
      const releases = await Promise.all(
        versions.map(async (version) => ({ version, files: await filesOf(name, version) })),
      );
      return releases.find(({ files }) => isWholeRelease(MAVEN, files)) ?? releases[0];
    },
    files: filesOf,
    add: async (name, version, { name: file, bytes }) => {
      const part = MAVEN.partOf(file);
      if (part === undefined) throw notPart(file);
      if (part === 'pom') checkPom(bytes.toString('utf8'), { package: name, version });
      const path = join(folderOf(name), version, file);
      await createFileAtomically(path, bytes);
      await writeFileAtomically(`${path}.sha1`, digestOf(await readFile(path)));
      if (part === 'pom') await writeMetadata(folderOf(name), name);
    },
  };
}

function notPart(file: string): PipelineError {
  return new PipelineError(ERROR_NAMES.packageIndex, `'${file}' is neither a JAR nor a POM, so it cannot be published`);
}

/** Writes the list of versions again until it has not changed in the meantime, so that the last of several writers includes all. */
async function writeMetadata(folder: string, name: string): Promise<void> {
  const listed = async () => {
    const versions = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isDirectory());
    return printMetadata(name, versions.map((each) => each.name).sort());
  };
  const path = join(folder, 'maven-metadata.xml');
  for (let before: string | undefined, now = await listed(); now !== before; now = await listed()) {
    await writeFileAtomically(path, now);
    await writeFileAtomically(`${path}.sha1`, digestOf(Buffer.from(now)));
    before = now;
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return [...(await readdir(folder).catch(ifMissing([], 'ENOTDIR')))].sort();
}
