/** Files that are not valid YAML, or YAML that is not a catalog. */
import { type BadCatalog, one, V } from './bad-catalog';

export const BAD_SYNTAX: readonly BadCatalog[] = [
  { what: 'an empty file', text: '', problems: [['catalog', undefined, 'must be a map of keys, not nothing']] },
  { what: 'comments only', text: '# later\n', problems: [['catalog', undefined, 'not nothing']] },
  {
    what: 'a web page',
    text: '<!doctype html><title>404</title>',
    problems: [['catalog', 1, 'must be a map of keys, not a text']],
  },
  { what: 'a list', text: '- a\n- b\n', problems: [['catalog', 1, 'not a list']] },
  { what: 'a tab for indentation', text: `${V}services:\n\tapi: x\n`, problems: [['catalog', 3, 'Tabs']] },
  { what: 'a quote without end', text: `${V}services: { api: "x }\n`, problems: [['catalog', 3, 'Missing closing']] },
  {
    what: 'two documents',
    text: `${V}services: { api: }\n---\nb: 1\n`,
    problems: [['catalog', 3, 'multiple documents']],
  },
  { what: 'a tag of a program', text: one('!!js/function "x"'), problems: [['catalog', 3, 'Unresolved tag']] },
  {
    what: 'an alias of nothing',
    text: one('*gone'),
    problems: [['catalog', undefined, 'alias that cannot be resolved']],
  },
  {
    what: 'a merge conflict',
    text: `${V}<<<<<<< HEAD\nservices: { a: }\n=======\nservices: { b: }\n>>>>>>> x\n`,
    problems: [
      ['catalog', 2, 'Implicit keys'],
      ['catalog', 4, 'Implicit keys'],
      ['catalog', 6, 'Implicit'],
    ],
  },
  {
    what: 'a service that stands twice',
    text: `${V}services:\n  auth: a\n  api:\n  auth: b\n`,
    problems: [['services.auth', 5, 'is a duplicate of line 3']],
  },
  {
    what: 'a key that stands twice',
    text: one('{ minutes: 5, minutes: 6 }'),
    problems: [['services.api.minutes', 3, 'is a duplicate of line']],
  },
  {
    what: 'a section that stands twice',
    text: `${one('')}services: { b: }\n`,
    problems: [['services', 4, 'is a duplicate of line 2']],
  },
];
