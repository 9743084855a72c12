/** What differs between the kinds of packages that modules are published as. One file for each kind implements it; `ecosystems.ts` lists them. */
import type { ModuleKind } from '../contract/job';
import type { ModuleVersion, VersionGrammar } from '../version/module-version';

/** The text of a build file, or undefined if the module has no such file. */
export type BuildTexts = (file: string) => string | undefined;

/** A module's own version. `problem` says why it cannot be published or read; `remarks` say what its users see otherwise than this repository. */
export type DeclaredVersion =
  | { readonly kind: 'declared'; readonly version: ModuleVersion; readonly remarks?: readonly string[] }
  | { readonly kind: 'none'; readonly remarks?: readonly string[] }
  | { readonly kind: 'problem'; readonly problem: string };

/** Returns what a module declares that cannot be published. */
export function problem(text: string): DeclaredVersion {
  return { kind: 'problem', problem: text };
}

/** A build file with its new text. */
export interface EditedFile {
  readonly file: string;
  readonly text: string;
}

/** The package that a build was asked for. */
export interface WantedPackage {
  readonly package: string;
  readonly version: string;
}

/** What a build says that it made: the version, and the names of the files by their parts. */
export type BuiltPackage = Readonly<Record<string, string>>;

/** One kind of packages. Pure. */
export interface Ecosystem {
  readonly kind: ModuleKind;
  readonly grammar: VersionGrammar;
  /** Returns the end of a development version, which is the same for equal content and differs for other content. */
  readonly versionSuffix: (contentDigest: string) => string;
  /** Returns true for a version that a run made which was no release. */
  readonly isDevelopment: (version: string) => boolean;
  /** Returns the name under which the versions of a package are claimed. No image has it, because it begins with no host. */
  readonly claimName: (name: string) => string;
  /** The files that may declare name and version, in the order in which the tool reads them. */
  readonly buildFiles: readonly string[];
  /** Reads the version of a module in the folder `path` that the catalog publishes under `name`. */
  readonly declaredVersion: (textOf: BuildTexts, name: string, path: string) => DeclaredVersion;
  /** Returns why the package cannot have this version. Absent if a package may have any. */
  readonly refuseVersion?: (name: string, version: ModuleVersion) => string | undefined;
  /** Writes the version where the module declares one. */
  readonly writeVersion: (version: string, textOf: BuildTexts) => EditedFile;
  /** The parts of a release, each one file and one object of a build, in the order in which they are uploaded. */
  readonly parts: readonly string[];
  /** Returns the part that a file is by its name. */
  readonly partOf: (file: string) => string | undefined;
  /** Returns the files by their parts. Throws `PackageIndexError` with all problems, such as another package or version. */
  readonly builtPackage: (files: readonly string[], wanted: WantedPackage) => BuiltPackage;
  /** Returns the package as its installer takes it. */
  readonly requirement: (name: string, version: string) => string;
  /** Set if only releases are published. A development version then only says that its content was tested. */
  readonly releasesOnly?: ReleasesOnly;
}

/** The reasons of a plan for a kind that publishes only releases. */
interface ReleasesOnly {
  readonly published: (name: string, version: string) => string;
  readonly tested: (name: string) => string;
  readonly missing: (name: string) => string;
  readonly untested: (name: string) => string;
}

/** Returns true if the files are a whole release. */
export function isWholeRelease({ parts, partOf }: Ecosystem, files: readonly string[]): boolean {
  const found = new Set(files.map(partOf));
  return parts.every((part) => found.has(part));
}

/** Hex digits of the content digest in a version. 48 bits are exact in a JavaScript number, and tell the contents of one module apart. */
const DIGITS = 12;

/** Returns the number that stands for a content in development versions. */
export function contentNumber(contentDigest: string): number {
  return Number.parseInt(contentDigest.slice(0, DIGITS), 16);
}

/** The name of the object in which a build says what it made. */
export const BUILT_FACTS = 'package.json';
