/** The gate in settings: its defaults, and values that are refused. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const problemsWith = (scan: unknown) => problemsOf({ ...SMALLEST, scan });

test('only the scanner has to be named, and without the setting nothing is scanned', () => {
  expect(parseSettings({ ...SMALLEST, scan: { from: 'ecr' } }).scan).toEqual({
    from: 'ecr',
    severity: 'CRITICAL',
    waivers: 'image-waivers.yaml',
    promotions: 'report',
    minutes: 30,
  });
  expect(parseSettings(SMALLEST)).not.toHaveProperty('scan');
});

test('all wrong values are told at once, with what is allowed', () => {
  const scan = { from: 'clair', severity: 'UNKNOWN', waivers: '../w.yaml', promotions: true, minutes: 0, ignore: 1 };
  expect(problemsWith(scan)).toEqual([
    "scan.from: must be 'ecr' or 'trivy', not the text 'clair'",
    "scan.severity: must be 'CRITICAL' or 'HIGH' or 'MEDIUM' or 'LOW', not the text 'UNKNOWN'",
    "scan.waivers: must be a path in the monorepo such as chart/values.yaml, without ., .., //, \\ and .git, and without a / or a space at either end, not the text '../w.yaml'",
    "scan.promotions: must be 'report' or 'block', not true",
    'scan.minutes: must be 1 or more, not 0',
    'scan.ignore: is not a setting; allowed here: from, severity, waivers, promotions, minutes',
  ]);
});

test('a gate without a scanner is refused', () => {
  expect(problemsWith({})).toEqual([expect.stringMatching(/^scan\.from: /)]);
});
