/** Follows symlinks within a build context, never out of it: a link upwards ends at the context's root, as in BuildKit. */
import { type BuildContext, visibleEntry } from './build-context';
import { withinRoot } from './ignore/clean-path';
import { joinPath } from './tree-index';

/** Links in a row before BuildKit gives up. */
const MOST_LINKS = 255;

export interface Followed {
  /** The path without links; it need not exist. */
  readonly path: string;
  /** The links on the way. */
  readonly links: readonly string[];
}

/** Follows every link on the path, the last part included. Undefined for a loop. */
export function followLinks(context: BuildContext, path: string): Followed | undefined {
  if (!context.hasLinks) return { path, links: [] };
  const links = new Set<string>();
  let rest = path.split('/').filter((part) => part !== '');
  let done = '';
  for (let count = 0; rest.length > 0; ) {
    const next = joinPath(done, rest[0] ?? '');
    rest = rest.slice(1);
    const entry = visibleEntry(context, next);
    if (entry?.mode !== '120000') {
      done = next;
      continue;
    }
    links.add(next);
    if (++count > MOST_LINKS) return undefined;
    const target = linkTarget(context, entry.id, next);
    const from = target.startsWith('/') ? target : joinPath(done, target);
    rest = [
      ...withinRoot(from)
        .split('/')
        .filter((part) => part !== ''),
      ...rest,
    ];
    done = '';
  }
  return { path: done, links: [...links] };
}

function linkTarget(context: BuildContext, id: string, path: string): string {
  const text = context.texts.get(id);
  if (text !== undefined) return text.toString('utf8');
  throw new Error(
    `the target of symlink ${joinPath(context.folder, path)} (blob ${id}) was not read; pass what filesToRead names`,
  );
}
