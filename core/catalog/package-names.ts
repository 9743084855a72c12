/** Names of packages, by the kind of their index. */
import type { ModuleKind } from '../contract/job';
import { normalizedPackage, PACKAGE_NAME } from './grammar';

/** The names that an index takes. */
interface PackageNames {
  readonly grammar: RegExp;
  /** The grammar in words. */
  readonly allowed: string;
  /** Returns the name by which the index knows a package, whatever its spelling. */
  readonly known: (name: string) => string;
}

export const PACKAGE_NAMES: Readonly<Record<ModuleKind, PackageNames>> = {
  python: {
    grammar: PACKAGE_NAME,
    allowed: 'a package name has letters and digits with . _ or - between them, at most 128 characters',
    known: normalizedPackage,
  },
  npm: {
    // https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name
    grammar: /^(?!.{215})(?!(?:node_modules|favicon\.ico)$)(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*$/,
    allowed: 'an npm package has lower case letters, digits and . _ -, and may have a @scope/ before them',
    known: (name) => name,
  },
  maven: {
    // https://maven.apache.org/guides/mini/guide-naming-conventions.html
    grammar: /^(?!.{201})[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*:[A-Za-z0-9_-][A-Za-z0-9_.-]*$/,
    allowed: 'a Maven package is written as GROUP:ARTIFACT, such as com.shop:ui-kit',
    known: (name) => name,
  },
  go: {
    // https://go.dev/ref/mod#go-mod-file-ident
    grammar: /^(?!.{201})[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?:\/[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?)*$/,
    allowed: 'a Go module has the path of its module line, such as github.com/shop/mono/tools/greet',
    known: (name) => name,
  },
};
