import * as z from 'zod';
import { readingOf } from '../../../core/webhook/payload';

interface Documented {
  readonly id: number;
  readonly commits: { readonly id: string; readonly added: string[] | null }[] | null;
  readonly author?: { readonly name: string } | null;
}
const reading = readingOf<Documented>();

/** The compiler is under test: `npm run types` fails if a marked line compiles. */
test('a schema of documented fields is returned unchanged', () => {
  const id = z.object({ id: z.int().positive() });

  expect(reading(id)).toBe(id);
  reading(z.object({ commits: z.array(z.object({ added: z.array(z.string()).nullable() })).nullish() }));
  reading(z.object({ author: z.object({ name: z.string() }).nullish() }));
  // @ts-expect-error there is no such field
  reading(z.object({ identity: z.string().optional() }));
  // @ts-expect-error the items have no such field
  reading(z.object({ commits: z.array(z.object({ sha: z.string().optional() })).nullable() }));
  // @ts-expect-error the documented type differs
  reading(z.object({ id: z.string() }));
  // @ts-expect-error null is documented
  reading(z.object({ commits: z.array(z.object({ id: z.string() })) }));
  // @ts-expect-error the field is optional
  reading(z.object({ author: z.object({ name: z.string() }).nullable() }));
});
