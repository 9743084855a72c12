import { ageText, dateText, durationText, isoText, moneyText, shortId } from '../../../core/board/words';

test('times are in UTC, and an impossible one is unknown', () => {
  expect(dateText(Date.parse('2026-11-29T09:05:00Z'))).toBe('29 Nov 2026, 09:05');
  expect(dateText(undefined)).toBe('unknown');
  expect(dateText(Number.NaN)).toBe('unknown');
  expect(isoText(1e300)).toBe('');
});

test.each([
  [0, 'now'],
  [59_999, 'now'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [90_000_000, '1 d'],
  [-5, 'now'],
])('an age of %d ms is %s', (milliseconds, text) => {
  expect(ageText(milliseconds)).toBe(text);
});

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
])('a duration of %d s is %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('money has cents, and an unknown price is no number', () => {
  expect(moneyText(0.594)).toBe('$0.59');
  expect(moneyText(null)).toBe('no known price');
});

test('ids are cut where people recognize them', () => {
  expect(shortId('0123456789abcdef')).toBe('01234567');
  expect(shortId(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
});
