/** Credentials that no error may contain. */
import { createRedactor } from '../../../adapters/http/describe-failure';

const url = new URL('https://registry.example/');

test('credentials that were ever sent are masked, and nothing else', () => {
  const redactor = createRedactor();
  const headers = { Authorization: `Basic ${Buffer.from('me:sword:fish').toString('base64')}` };
  redactor.learn({ url: new URL('https://me:url%40pass@host/'), headers, secrets: ['refresh-me'] });
  redactor.learn({ url, headers: { authorization: 'Bearer tok.en', accept: 'application/json' } });

  const text = redactor.redact(
    'sword:fish tok.en refresh-me bWU6c3dvcmQ6ZmlzaA== url%40pass url@pass https://x:y@h me application/json',
  );

  expect(text).toBe('*** *** *** *** *** *** https://***@h me application/json');
});

test.each(['Authorization', 'cookie', 'Proxy-Authorization', 'PRIVATE-TOKEN'])('the header %s is secret', (name) => {
  const redactor = createRedactor();
  redactor.learn({ url, headers: { [name]: 'swordfish' } });

  expect(redactor.redact('the token swordfish is wrong')).toBe('the token *** is wrong');
});

test.each(['x-authorization', 'cookie-policy', 'private-token-name', 'accept'])(
  'the header %s is no secret',
  (name) => {
    const redactor = createRedactor();
    redactor.learn({ url, headers: { [name]: 'swordfish' } });

    expect(redactor.redact('swordfish')).toBe('swordfish');
  },
);

test('a secret has at least four characters: a shorter one would mask parts of words', () => {
  const redactor = createRedactor();
  redactor.learn({ url, secrets: ['abcd', 'the', ''] });

  expect(redactor.redact('abcd the end')).toBe('*** the end');
});
