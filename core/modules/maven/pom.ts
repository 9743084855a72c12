/** `pom.xml` of a module: the coordinates that it declares, and where its version stands. */
import { ERROR_NAMES, PipelineError } from '../../contract/errors';
import { excerpt } from '../../text/shape-error';
import { type BuildTexts, type DeclaredVersion, type EditedFile, problem, type WantedPackage } from '../ecosystem';
import { MAVEN_VERSIONS } from './maven-version';
import { type XmlTag, xmlTags } from './xml-tags';

export const POM = 'pom.xml';

/** An element: its text, and where that begins and ends. */
interface PomElement {
  readonly name: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Returns the elements below `project`, or below its `parent`; undefined if the text is no project. */
function elementsBelow(pom: string, below: 'project' | 'parent'): readonly PomElement[] | undefined {
  const path = below === 'project' ? ['project'] : ['project', below];
  const open: XmlTag[] = [];
  const found: PomElement[] = [];
  const tags = xmlTags(pom);
  if (tags?.[0]?.name !== 'project') return undefined;
  for (const tag of tags) {
    if (tag.kind === 'open') open.push(tag);
    if (tag.kind !== 'close') continue;
    const first = open.pop();
    if (first?.name !== tag.name) return undefined;
    if (open.length !== path.length || path.some((name, depth) => open[depth]?.name !== name)) continue;
    found.push({ name: tag.name, text: pom.slice(first.end, tag.start).trim(), start: first.end, end: tag.start });
  }
  return open.length === 0 ? found : undefined;
}

/** Returns what a project says of itself. Its group may be its parent's. */
function coordinatesOf(pom: string) {
  const own = elementsBelow(pom, 'project');
  const parent = elementsBelow(pom, 'parent');
  const textOf = (name: string, of = own) => of?.find((each) => each.name === name)?.text;
  if (own === undefined) return undefined;
  return {
    group: textOf('groupId') ?? textOf('groupId', parent),
    artifact: textOf('artifactId'),
    version: textOf('version'),
    packaging: textOf('packaging') ?? 'jar',
  };
}

/** Reads the version of a module that is published under `name`. One that is inherited from a parent counts as none. */
export function declaredVersion(textOf: BuildTexts, name: string): DeclaredVersion {
  const text = textOf(POM);
  if (text === undefined) return problem(`has no ${POM}, which Maven builds by; add one, or take publish away`);
  const found = coordinatesOf(text);
  if (found?.artifact === undefined) return problem(`has a ${POM} that is no project with an artifactId; correct it`);
  const { group = '', artifact, version, packaging } = found;
  const own = `${group}:${artifact}`;
  const problems = [
    ...(own === name ? [] : [`declares '${excerpt(own)}', but the catalog names '${name}'; write the same in both`]),
    ...(packaging === 'jar' ? [] : [`has the packaging '${excerpt(packaging)}'; only jar can be published`]),
    ...(version === undefined || MAVEN_VERSIONS.parse(version) !== undefined
      ? []
      : [
          `has the version '${excerpt(version)}'; write one like 1.4.0 or 2.0.0-rc.1, without SNAPSHOT, or leave it out`,
        ]),
  ];
  if (problems.length > 0) return problem(`${POM} ${problems.join('; it ')}`);
  const declared = MAVEN_VERSIONS.parse(version ?? '');
  return declared === undefined ? { kind: 'none' } : { kind: 'declared', version: declared };
}

/** Writes the version of the project, before its artifact if it has none. Throws if the text is no project. */
export function writeVersion(version: string, textOf: BuildTexts): EditedFile {
  const pom = textOf(POM) ?? '';
  const elements = elementsBelow(pom, 'project') ?? [];
  const own = elements.find(({ name }) => name === 'version');
  if (own !== undefined) return { file: POM, text: pom.slice(0, own.start) + version + pom.slice(own.end) };
  const artifact = elements.find(({ name }) => name === 'artifactId');
  if (artifact === undefined) throw new Error(`${POM} has no artifactId`);
  const after = artifact.end + '</artifactId>'.length;
  return { file: POM, text: `${pom.slice(0, after)}<version>${version}</version>${pom.slice(after)}` };
}

/** Throws `PackageIndexError` for the POM of another package or version: the catalog decides what is published, not the code that was built. */
export function checkPom(pom: string, { package: name, version }: WantedPackage): void {
  const found = coordinatesOf(pom);
  const said = found === undefined ? 'no project' : `${found.group}:${found.artifact}:${found.version}`;
  if (said === `${name}:${version}`) return;
  const message = `the POM of the package says ${excerpt(said)}, but ${name}:${version} was planned; let the build change neither`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}
