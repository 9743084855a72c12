/** A file that is no catalog is refused without a word of its content, which may be a secret. */
import { parseCatalog } from '../../../core/catalog/parse-catalog';

const SECRET = 's3cret';

test.each([
  ['a text', SECRET],
  ['a list of users', `root:$6$${SECRET}:1\nuser:x\n`],
  ['a private key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`],
  ['an INI file', `[default]\nkey = ${SECRET}\n`],
  ['an alias', `key: *${SECRET}\n`],
  ['a tag', `key: !${SECRET} x\n`],
  ['a directive', `%${SECRET} x\n---\n`],
  ['the head of a block', `key: |${SECRET}\n`],
  ['an escape', `key: "\\${SECRET}"\n`],
  ['text behind a value', `key: 'x' ${SECRET}\n`],
  ['a bracket without end', `{ ${SECRET}`],
])('%s is not quoted', (_, text) => {
  const parse = () => parseCatalog(text);

  expect(parse).toThrow(expect.objectContaining({ name: 'InvalidCatalog' }));
  expect(parse).toThrow(expect.objectContaining({ message: expect.not.stringContaining(SECRET.slice(1)) }));
});
