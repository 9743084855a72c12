import fc from 'fast-check';
import {
  commandText,
  possibleActions,
  readStart,
  runCommand,
  type StartField,
  startCommand,
} from '../../../core/board/actions';
import { InvalidInputError } from '../../../core/contract/errors';
import { ACTIONS } from '../../../core/contract/run-input';
import { runs } from '../../support/property-runs';

const home = { kind: 'home', home: '.local/demo' } as const;
const served = { ...home, endpoint: 'http://127.0.0.1:8083' } as const;
const stack = { kind: 'stack', stack: 'Pipeline', region: 'eu-central-1' } as const;

const fields = (values: Partial<Record<StartField, string>>) => (name: StartField) => values[name];

describe('the command of a start', () => {
  const release = readStart('release', fields({ ref: 'main', version: 'v1.4.0', from: '' }));

  test.each([
    [home, false, 'npx pipeline run release --version=v1.4.0 --ref=main --home .local/demo'],
    [home, true, 'npx pipeline run release --version=v1.4.0 --ref=main --dry-run --home .local/demo'],
    [
      served,
      false,
      'npx pipeline start release --version=v1.4.0 --ref=main --no-follow --endpoint-url http://127.0.0.1:8083',
    ],
    [
      stack,
      true,
      'npx pipeline start release --version=v1.4.0 --ref=main --dry-run --stack Pipeline --region eu-central-1',
    ],
  ])('%j is the one that a person would type', (place, isDryRun, text) => {
    expect(sorted(commandText(startCommand(release, place, isDryRun)))).toBe(sorted(text));
  });

  const sorted = (text: string) => text.split(' ').sort().join(' ');

  test('services are separated by spaces or commas', () => {
    const input = readStart('build', fields({ ref: 'main', version: 'v1.4.0', services: 'auth, etcd  restapi' }));
    expect(input).toMatchObject({ services: ['auth', 'etcd', 'restapi'] });
  });

  test('all problems are told at once, and no service name can be taken for an option', () => {
    expect(() => readStart('release', fields({ version: 'x' }))).toThrow(InvalidInputError);
    expect(() => readStart('build', fields({ ref: 'main', version: 'v1.4.0', services: '--home /' }))).toThrow(
      /'--home' is not the name of a service/,
    );
  });

  test('no field of a form becomes an option or another word', () => {
    const anything = fc.record({
      ref: fc.string(),
      version: fc.string(),
      services: fc.string(),
      from: fc.string(),
      commit: fc.string(),
      environment: fc.string(),
      strategy: fc.string(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...ACTIONS), anything, (action, values) => {
        try {
          const words = startCommand(readStart(action, fields(values)), home, false);
          const free = words.slice(3).filter((word) => word.startsWith('-') && !/^--[a-z-]+(=|$)/.test(word));
          expect(free).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the command for a run', () => {
  const arn = 'arn:aws:states:eu-central-1:111122223333:execution:P:run-1';

  test('approve and reject are commands of the pipeline, with the reason as one word', () => {
    expect(commandText(runCommand('approve', 'run-1', stack, {}) ?? ['aws'])).toBe(
      'npx pipeline approve run-1 --stack Pipeline --region eu-central-1',
    );
    expect(runCommand('reject', 'run-1', home, { reason: '--home /; rm' })).toContain('--reason=--home /; rm');
  });

  test('stop and redrive are commands of AWS, and need an execution', () => {
    expect(commandText(runCommand('stop', 'run-1', stack, { arn }) ?? ['aws'])).toBe(
      `aws stepfunctions stop-execution --execution-arn ${arn} --region eu-central-1`,
    );
    expect(runCommand('redrive', 'run-1', served, { arn })).toContain('http://127.0.0.1:8083');
    expect(runCommand('stop', 'run-1', home, {})).toBeUndefined();
  });

  test.each([
    ['waiting', true, ['approve', 'reject', 'stop']],
    ['waiting', false, ['approve', 'reject']],
    ['running', true, ['stop']],
    ['failed', true, ['redrive']],
    ['failed', false, []],
    ['succeeded', true, []],
  ] as const)('a run that is %s (execution: %s) has %j', (state, hasArn, actions) => {
    expect(possibleActions(state, hasArn)).toEqual(actions);
  });
});
