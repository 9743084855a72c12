/** Holds input digests against images: builds a case and small changes of it, and compares what is equal. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainDifference, toStored } from '../../../core/input-digest/explain-inputs';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { type CaseChange, type ChangeKind, changeCase } from './case-changes';
import { discover } from './docker-context';
import { type DockerBuild, writeTree } from './docker-context-build';
import type { BuildCase } from './docker-context-cases';

/** The recipe whose digests are compared. */
const RECIPE = '3';

/** One change whose two builds could be compared. */
export interface ComparedChange {
  readonly kind: ChangeKind;
  /** Equal digests of different images. */
  readonly missed: boolean;
  /** Different digests of equal images, without a doubt that says so. */
  readonly wasted: boolean;
  /** True if the plan says that the change counts as written, or names the file that is read. */
  readonly isDeclared: boolean;
  /** The same by the former recipe, doubts or not. */
  readonly wastedBefore: boolean;
  /** Both cases, for a person. */
  readonly text: string;
}

/** Builds a case and each change of it. A case that is refused, and a change that leaves it as it is, are skipped. */
export async function compareChanges(
  build: BuildCase,
  changes: readonly CaseChange[],
  docker: DockerBuild,
): Promise<readonly ComparedChange[]> {
  const before = inputsOf(build);
  const image = before && (await imageOf(build, docker));
  if (before === undefined || image === undefined) return [];
  const compared: ComparedChange[] = [];
  for (const change of changes) {
    const changed = changeCase(build, change);
    const after = changed && inputsOf(changed);
    if (changed === undefined || after === undefined) continue;
    const isSameImage = (await imageOf(changed, docker)) === image;
    const isSame = before.inputDigest === after.inputDigest;
    const hasDoubt = before.doubts.length + after.doubts.length > 0;
    const reasons = explainDifference(toStored(before), toStored(after));
    compared.push({
      kind: change.kind,
      missed: isSame && !isSameImage,
      wasted: !isSame && isSameImage && !hasDoubt,
      isDeclared: reasons.some(({ kind, text }) => kind === 'input-changed' || text.includes('count as written')),
      wastedBefore: before.former?.inputDigest !== after.former?.inputDigest && isSameImage,
      text: `${change.kind} at ${change.at}:\n${JSON.stringify(build)}\n${JSON.stringify(changed.files)}`,
    });
  }
  return compared;
}

function inputsOf({ files, dockerfile, context, target, buildArgs }: BuildCase): ServiceInputs | undefined {
  const services = [{ dockerfile, context, target, buildArgs }];
  return discover({ files, services, recipeVersion: RECIPE }).inputs.get('app');
}

/** Returns the digest of the image, which is the same for every build of the same; undefined if BuildKit refuses it. */
async function imageOf(build: BuildCase, docker: DockerBuild): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  try {
    const source = join(folder, 'source');
    const metadata = join(folder, 'metadata.json');
    await writeTree(source, build);
    const args = [
      '--provenance=false',
      '--build-arg=SOURCE_DATE_EPOCH=0',
      `--output=type=oci,dest=${join(folder, 'image.tar')},rewrite-timestamp=true`,
      `--metadata-file=${metadata}`,
      `--file=${join(source, build.dockerfile)}`,
      ...(build.target === undefined ? [] : [`--target=${build.target}`]),
    ];
    try {
      await docker([...args, join(source, build.context)]);
    } catch {
      return undefined;
    }
    const found: unknown = JSON.parse(await readFile(metadata, 'utf8'));
    const digest = typeof found === 'object' && found !== null && 'containerimage.digest' in found;
    if (!digest) throw new Error(`BuildKit names no digest: ${JSON.stringify(found)}`);
    return String(found['containerimage.digest']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
