/** Python packages: a wheel and a source distribution in an index like PyPI. */
import { normalizedPackage } from '../../catalog/grammar';
import { PEP_440 } from '../../version/module-version';
import { contentNumber, type Ecosystem } from '../ecosystem';
import { BUILD_FILES, declaredVersion, writeVersion } from './declared-version';
import { builtPackage, parsePackageFile } from './package';

export const PYTHON: Ecosystem = {
  kind: 'python',
  grammar: PEP_440,
  /**
   * Such versions have no order. As development releases, they are installed only if exactly this version is asked for (PEP 440,
   * "Developmental releases" and "Handling of pre-releases").
   */
  versionSuffix: (contentDigest) => `.dev${contentNumber(contentDigest)}`,
  isDevelopment: (version) => /\.dev\d+$/.test(version),
  claimName: (name) => `python-package/${normalizedPackage(name)}`,
  buildFiles: BUILD_FILES,
  declaredVersion,
  writeVersion,
  // The wheel comes last, because installers prefer it.
  parts: ['sdist', 'wheel'],
  partOf: (file) => parsePackageFile(file)?.kind,
  builtPackage,
  requirement: (name, version) => `${name}==${version}`,
};
