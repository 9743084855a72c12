/** Files that are not valid YAML, or YAML that is not a catalog. */
import { type BadCatalog, one, V } from './bad-catalog';

export const BAD_SYNTAX: readonly BadCatalog[] = [
  ['an empty file', '', ['catalog', undefined, 'must be a map of keys, not nothing']],
  ['comments only', '# later\n', ['catalog', undefined, 'not nothing']],
  ['a web page', '<!doctype html><title>404</title>', ['catalog', 1, 'must be a map of keys, not a text']],
  ['a list', '- a\n- b\n', ['catalog', 1, 'not a list']],
  ['a tab for indentation', `${V}services:\n\tapi: x\n`, ['catalog', 3, 'Tabs']],
  ['a quote without end', `${V}services: { api: "x }\n`, ['catalog', 3, 'Missing closing']],
  ['two documents', `${V}services: { api: }\n---\nb: 1\n`, ['catalog', 3, 'multiple documents']],
  ['a tag of a program', one('!!js/function "x"'), ['catalog', 3, 'Unresolved tag']],
  ['an alias of nothing', one('*gone'), ['catalog', undefined, 'alias that cannot be resolved']],
  [
    'a merge conflict',
    `${V}<<<<<<< HEAD\nservices: { a: }\n=======\nservices: { b: }\n>>>>>>> x\n`,
    ['catalog', 2, 'Implicit keys'],
    ['catalog', 4, 'Implicit keys'],
    ['catalog', 6, 'Implicit'],
  ],
  [
    'a service that stands twice',
    `${V}services:\n  auth: a\n  api:\n  auth: b\n`,
    ['services.auth', 5, 'is a duplicate of line 3'],
  ],
  ['a key that stands twice', one('{ minutes: 5, minutes: 6 }'), ['services.api.minutes', 3, 'is a duplicate of line']],
  ['a section that stands twice', `${one('')}services: { b: }\n`, ['services', 4, 'is a duplicate of line 2']],
];
