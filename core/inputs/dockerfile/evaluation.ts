/** What walking through a Dockerfile finds: its reads of the build context, its base images, and what stays in doubt. */
import type { Instruction } from './instruction';
import type { ImageConfig } from './stage-graph';

/** One look into the build context. `source` is the path as Docker gets it, after expansion. */
export interface ContextRead {
  readonly line: number;
  /** For people: `COPY tools (line 4)`. */
  readonly rule: string;
  readonly kind: 'copy' | 'mount' | 'everything';
  readonly source: string;
  readonly parents: boolean;
  readonly excludes: readonly string[];
}

/** Something that cannot be known before the build. */
export interface Doubt {
  readonly line: number;
  readonly text: string;
}

export interface Evaluation {
  readonly reads: readonly ContextRead[];
  readonly doubts: readonly Doubt[];
  /** Services whose images are used. */
  readonly services: readonly string[];
  /** Images of others, as written after expansion. */
  readonly bases: readonly { readonly name: string; readonly line: number }[];
  /** Instructions of the stages that are built. */
  readonly instructions: readonly Instruction[];
  readonly image: ImageConfig;
}

/** A read of all that the context has. */
export function everything(line: number): ContextRead {
  const rule = `everything, in doubt (line ${line})`;
  return { line, rule, kind: 'everything', source: '', parents: false, excludes: [] };
}
