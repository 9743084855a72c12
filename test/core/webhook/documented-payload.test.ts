import * as z from 'zod';
import { readingOf } from '../../../core/webhook/payload';

interface Documented {
  readonly id: number;
  readonly commits: { readonly id: string; readonly added: string[] | null }[] | null;
  readonly author?: { readonly name: string } | null;
}
const reading = readingOf<Documented>();

/** What the compiler says of these is what is tested: `npm run types` fails if one of the marked lines is no error. */
test('a schema that reads what is documented is given back as it is', () => {
  const id = z.object({ id: z.int().positive() });

  expect(reading(id)).toBe(id);
  reading(z.object({ commits: z.array(z.object({ added: z.array(z.string()).nullable() })).nullish() }));
  reading(z.object({ author: z.object({ name: z.string() }).nullish() }));
  // @ts-expect-error no such field
  reading(z.object({ identity: z.string().optional() }));
  // @ts-expect-error no such field in the items of a list
  reading(z.object({ commits: z.array(z.object({ sha: z.string().optional() })).nullable() }));
  // @ts-expect-error another type
  reading(z.object({ id: z.string() }));
  // @ts-expect-error null is documented
  reading(z.object({ commits: z.array(z.object({ id: z.string() })) }));
  // @ts-expect-error may be left out
  reading(z.object({ author: z.object({ name: z.string() }).nullable() }));
});
