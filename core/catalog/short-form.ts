/** Schemas that take a short form as well, such as one text instead of a list of texts. */
import * as z from 'zod';

const SHORT_FORMS = new WeakMap<z.core.$ZodType, z.ZodType>();

/** Returns the short form that a schema takes as well, for the JSON Schema of the file; undefined if it has none. */
export function shortFormOf(schema: z.core.$ZodType): z.ZodType | undefined {
  return SHORT_FORMS.get(schema);
}

/** Returns a schema that also takes a short form, which `expand` turns into the long one. */
export function withShortForm<Long extends z.ZodType, Short extends z.ZodType>(
  long: Long,
  short: Short,
  expand: (value: unknown) => unknown,
): z.ZodPreprocess<Long, z.input<Long> | z.input<Short>> {
  const schema = z.preprocess<unknown, Long, z.input<Long> | z.input<Short>>(expand, long);
  SHORT_FORMS.set(schema, short);
  return schema;
}

/** Returns a text as a list of it, and every other value as it is. */
export function listOfOne(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}
