/** Rewrites Maps that read their items from the object store, because the interpreter supports Inline Maps only. */
type Json = Readonly<Record<string, unknown>>;

/** The path of the items in the input of such a Map. */
const ITEMS = '$.itemsRead';

/**
 * Returns the definition with each such Map replaced by a Task that reads the items and an Inline Map. The Task has the Resource and the
 * Parameters of the ItemReader. Unlike in Step Functions, an iteration is not an execution.
 */
export function withItemReaders(definition: Json): Json {
  const readers = new Set(mapsWithReaders(definition));
  return readers.size === 0 ? definition : (rewrite(definition, readers) as Json);
}

/** Returns the name of the Task that reads the items of a Map. */
function readerOf(map: string): string {
  return `Read: ${map}`;
}

function mapsWithReaders(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mapsWithReaders);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(isReaderMap(inner) ? [name] : []),
    ...mapsWithReaders(inner),
  ]);
}

function isReaderMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && 'ItemReader' in value && 'ItemProcessor' in value;
}

/** Rewrites the Maps, and each transition to one of them. State names are unique in the whole definition. */
function rewrite(value: unknown, readers: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => rewrite(each, readers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): (readonly [string, unknown])[] => {
      if (isReaderMap(inner))
        return [
          [readerOf(key), readerTask(inner, key)],
          [key, inlineMap(inner, readers)],
        ];
      const isTarget = ['Next', 'Default', 'StartAt'].includes(key) && typeof inner === 'string' && readers.has(inner);
      return [[key, isTarget ? readerOf(String(inner)) : rewrite(inner, readers)]];
    }),
  );
}

function readerTask({ ItemReader, Catch }: Json, map: string): Json {
  const { Resource, Parameters } = ItemReader as Json;
  return {
    Type: 'Task',
    Resource,
    Parameters,
    ResultPath: ITEMS,
    Next: map,
    ...(Catch === undefined ? {} : { Catch }),
  };
}

function inlineMap(map: Json, readers: ReadonlySet<string>): Json {
  const { ItemReader: _reader, Label: _label, ItemProcessor, ...rest } = map;
  const { ProcessorConfig: _config, ...processor } = ItemProcessor as Json;
  return { ...(rewrite(rest, readers) as Json), ItemsPath: ITEMS, ItemProcessor: rewrite(processor, readers) };
}
