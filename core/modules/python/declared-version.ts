/**
 * The version that a module declares in its build file. People read and edit it there, and a build gets the planned version at the same place.
 * The readers are those of setuptools; other build backends read `pyproject.toml`.
 */
import { parseModuleVersion } from '../../version/module-version';
import { type BuildTexts, type DeclaredVersion, type EditedFile, problem } from '../ecosystem';

/** A place that is searched: a file, the text before the version, and the version as group 1. */
interface VersionPlace {
  readonly file: (typeof BUILD_FILES)[number];
  readonly version: RegExp;
}

/** The files that may declare a version, in the order in which setuptools takes one. */
export const BUILD_FILES = ['pyproject.toml', 'setup.py', 'setup.cfg'] as const;

/** A table of TOML or a section of INI: its lines until the next one. */
const linesOf = (header: string) => `^\\[${header}\\][^\\S\\n]*(?:#[^\\n]*)?(?:\\n(?!\\[)[^\\n]*)*?\\n`;

const PLACES: readonly VersionPlace[] = [
  {
    file: 'pyproject.toml',
    version: new RegExp(`${linesOf('project')}[ \\t]*version[ \\t]*=[ \\t]*["']([^"'\\n]*)["']`, 'm'),
  },
  { file: 'setup.py', version: /^(?:[^#\n]*[\s(,])?version\s*=\s*["']([^"'\n]*)["']/m },
  {
    file: 'setup.cfg',
    version: new RegExp(`${linesOf('metadata')}version[ \\t]*[=:][ \\t]*([^\\s:;#]+)[ \\t]*$`, 'm'),
  },
];

/** Signs of a version that is made by code or read from another file. */
const COMPUTED: readonly VersionPlace[] = [
  { file: 'pyproject.toml', version: /^[ \t]*dynamic\s*=\s*\[[^\]]*["']version["']/m },
  { file: 'setup.py', version: /^(?:[^#\n]*[\s(,])?version\s*=\s*[^\s"'=]/m },
  { file: 'setup.cfg', version: new RegExp(`${linesOf('metadata')}version[ \\t]*[=:]`, 'm') },
];

/** Reads the version of a module's build files. */
export function declaredVersion(textOf: BuildTexts): DeclaredVersion {
  const found = findPlace(PLACES, textOf);
  if (found !== undefined) {
    const version = parseModuleVersion(found.version);
    if (version !== undefined) return { kind: 'declared', version };
    return problem(
      `${found.file} has the version '${found.version.slice(0, 40)}'; write one like 1.4.0 or 2.0.0rc1, in the normal form of PEP 440, without .dev or a local part`,
    );
  }
  const computed = findPlace(COMPUTED, textOf);
  if (computed === undefined) return { kind: 'none' };
  return problem(
    `${computed.file} computes the version, so that no build can be given one; write it there as text, such as version = "1.4.0", or leave it out`,
  );
}

/** Writes the version where the module declares one. A module without any gets it in `setup.cfg`, which setuptools reads last. */
export function writeVersion(version: string, textOf: BuildTexts): EditedFile {
  const found = findPlace(PLACES, textOf);
  if (found !== undefined) {
    const { file, text, start, end } = found;
    return { file, text: text.slice(0, start) + version + text.slice(end) };
  }
  const text = textOf('setup.cfg') ?? '';
  const line = `version = ${version}\n`;
  const metadata = /^\[metadata\][^\n]*(\n|$)/m.exec(text);
  if (metadata === null) return { file: 'setup.cfg', text: `[metadata]\n${line}\n${text}` };
  const after = metadata.index + metadata[0].length;
  const newline = metadata[1] === '' ? '\n' : '';
  return { file: 'setup.cfg', text: text.slice(0, after) + newline + line + text.slice(after) };
}

/** Returns the version of the first place that has one, the text of its file, and where the version begins and ends there. */
function findPlace(places: readonly VersionPlace[], textOf: BuildTexts) {
  for (const { file, version: grammar } of places) {
    const text = textOf(file) ?? '';
    const match = grammar.exec(text);
    if (match === null) continue;
    const [whole, version = ''] = match;
    // The version is the last text that a grammar matches, except for a closing quote and white space.
    const start = match.index + whole.lastIndexOf(version);
    return { file, text, version, start, end: start + version.length };
  }
  return undefined;
}
