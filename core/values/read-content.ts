/** What a reader of a YAML document gets: its values, aliases and merges followed. In one pass, however many aliases there are. */
import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';

/** The content of a document's root node: scalars, arrays and maps. An alias within its own anchor gives the unfinished collection. */
export function readContent(root: unknown): unknown {
  const anchored = new Map<string, unknown>();

  function read(node: unknown): unknown {
    if (isAlias(node)) return anchored.get(node.source);
    if (isScalar(node)) return keep(node.anchor, node.value);
    if (isSeq(node)) {
      const list: unknown[] = [];
      keep(node.anchor, list);
      for (const item of node.items) list.push(read(item));
      return list;
    }
    return isMap(node) ? readMap(node) : null;
  }

  function readMap(node: YAMLMap): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    keep(node.anchor, map);
    for (const { key, value } of node.items) {
      const isMerge = isScalar(key) && typeof key.value === 'symbol';
      if (isMerge) merge(read(value), map);
      else map.set(read(key), read(value));
    }
    return map;
  }

  function keep(anchor: string | undefined, value: unknown): unknown {
    if (anchor !== undefined) anchored.set(anchor, value);
    return value;
  }

  return read(root);
}

/** What a map has already wins over what it merges in, and what comes after the merge wins, too, by being set later. */
function merge(source: unknown, map: Map<unknown, unknown>): void {
  if (Array.isArray(source)) {
    for (const each of source) merge(each, map);
  }
  if (!(source instanceof Map)) return;
  for (const [key, value] of source) {
    if (!map.has(key)) map.set(key, value);
  }
}
