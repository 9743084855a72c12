/** Ties what we read of a payload to what its host documents, at compile time: neither can drift without the other. */
import type * as z from 'zod';

/**
 * Paths' last fields that are read and not documented; never if there are none. A host's types may leave out a field in some events
 * (`?`), and have null in its place.
 */
type Undocumented<Read, Event> = Read extends readonly (infer ReadItem)[]
  ? NonNullable<Event> extends readonly (infer Item)[]
    ? Undocumented<ReadItem, Item>
    : 'a list'
  : Read extends object
    ? {
        [Field in keyof Read]-?: Field extends keyof NonNullable<Event>
          ? Undocumented<NonNullable<Read[Field]>, NonNullable<Event>[Field]>
          : Field;
      }[keyof Read]
    : never;

/** `unknown` is satisfied by every schema; another type names the fields that are wrong. */
type Faults<Event, Read> = [Undocumented<Read, Event>] extends [never]
  ? Event extends Read
    ? unknown
    : { readonly 'a documented payload is refused by its type': Event }
  : { readonly 'not documented': Undocumented<Read, Event> };

/**
 * Gives back the schema. The compiler refuses one that reads a field which `Event` does not have, or that does not take every `Event`
 * by its types. Values (40 hex digits, a positive number) are the schema's own business.
 */
export function readingOf<Event>() {
  return <Schema extends z.ZodType>(schema: Schema & Faults<Event, z.input<Schema>>): Schema => schema;
}
