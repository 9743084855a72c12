/** Reserved capacity in settings: each fleet has one kind of machine, each kind one fleet, and all are in one region. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const arn = (name: string, region = 'eu-central-1') =>
  `arn:aws:codebuild:${region}:123456789012:fleet/${name}:0a1b2c3d-4e5f-6789-abcd-ef0123456789`;

const problemsWith = (fleets: unknown) => problemsOf({ ...SMALLEST, fleets });

test('a fleet has x86_64 machines unless it says otherwise', () => {
  const fleets = [
    { arn: arn('images'), compute: 'medium' },
    { arn: arn('arm'), compute: 'medium', architecture: 'arm64' },
  ];

  expect(parseSettings({ ...SMALLEST, fleets }).fleets).toEqual([
    { arn: arn('images'), compute: 'medium', architecture: 'x86_64' },
    { arn: arn('arm'), compute: 'medium', architecture: 'arm64' },
  ]);
  expect(parseSettings(SMALLEST)).not.toHaveProperty('fleets');
});

test.each([
  'images',
  arn('images').replace(':fleet/', ':project/'),
  arn('images').replace(/:[^:]+$/, ''),
  arn('images').replace('123456789012', '1234'),
  arn('images').replace(':codebuild:', ':ec2:'),
])('%s is no ARN of a fleet, and the message has its form', (wrong) => {
  expect(problemsWith([{ arn: wrong, compute: 'medium' }])).toEqual([
    expect.stringMatching(/^fleets\.0\.arn: must be the ARN of a fleet, arn:aws:codebuild:<region>:<account>:fleet/),
  ]);
});

test('other sizes and CPUs, and an empty list, are refused', () => {
  expect(problemsWith([{ arn: arn('images'), compute: 'huge', architecture: 'mips' }])).toEqual([
    expect.stringMatching(/^fleets\.0\.compute: must be 'small' or 'medium'/),
    expect.stringMatching(/^fleets\.0\.architecture: must be 'x86_64' or 'arm64'/),
  ]);
  expect(problemsWith([])).toHaveLength(1);
});

test('a fleet twice, two fleets of one kind, and fleets of two regions are reported at once', () => {
  const fleets = [
    { arn: arn('one'), compute: 'medium' },
    { arn: arn('one'), compute: 'large' },
    { arn: arn('two'), compute: 'medium' },
    { arn: arn('far', 'us-east-1'), compute: 'small' },
  ];

  expect(problemsWith(fleets)).toEqual([
    'fleets.1.arn: is given twice; a fleet has one kind of machine, so name it once',
    'fleets.2: is a second fleet of medium x86_64 machines; give one fleet more machines instead',
    "fleets.3.arn: is in us-east-1, and fleets.0 in eu-central-1; name fleets of the stack's region only",
  ]);
});
