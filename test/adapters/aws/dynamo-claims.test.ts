import { createDynamoClaims } from '../../../adapters/aws/dynamo-claims';
import { claimsContract } from '../../contracts/claims-contract';
import { type FakeAws, startFakeAws } from '../../support/aws/fake-aws';
import { type FakeTable, serveClaimsTable } from '../../support/aws/fake-dynamo';

const TABLE = 'claims';
const CLAIM = { image: 'registry.example/team/auth', version: 'v1.4.0', digest: 'sha256:one', run: 'run-1' };
let aws: FakeAws;
let table: FakeTable;

beforeEach(async () => {
  aws = await startFakeAws();
  table = serveClaimsTable(aws, TABLE);
});
afterEach(() => aws.stop());

function open(name = TABLE) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return createDynamoClaims({ endpoint: aws.url, region: 'eu-central-1', credentials }, name);
}

/** The first answers are given by the function, which may let the table answer. */
function meddle(times: number, change: (answer: () => object | 'lost') => object | 'lost'): void {
  const answer = aws.answers.get('PutItem');
  let left = times;
  aws.answers.set('PutItem', (input) => {
    const usual = () => answer?.(input) ?? {};
    if (left === 0) return usual();
    left -= 1;
    return change(usual);
  });
}

describe('claims in DynamoDB', () => {
  claimsContract(() => open());

  test('a claim whose reply was lost is ours when it is asked for again', async () => {
    meddle(1, (answer) => {
      answer();
      return 'lost';
    });

    expect(await open().claim(CLAIM)).toEqual(CLAIM);
    expect(aws.calls).toEqual(['PutItem', 'PutItem']);
    expect(await open().claim({ ...CLAIM, digest: 'sha256:two', run: 'run-2' })).toEqual(CLAIM);
  });

  test('a request that was lost before it arrived is sent again', async () => {
    meddle(1, () => 'lost');

    expect(await open().claim(CLAIM)).toEqual(CLAIM);
  });

  test('another run that was faster than our second try is told of', async () => {
    const other = { ...CLAIM, digest: 'sha256:two', run: 'run-2' };
    meddle(1, () => {
      table.put({
        image: { S: other.image },
        version: { S: other.version },
        digest: { S: other.digest },
        run: { S: other.run },
      });
      return 'lost';
    });

    expect(await open().claim(CLAIM)).toEqual(other);
  });

  test.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded'])(
    'a claim that is throttled four times (%s) is made the fifth time',
    async (error) => {
      meddle(4, () => ({ error }));

      expect(await open().claim(CLAIM)).toEqual(CLAIM);
      expect(aws.calls).toHaveLength(5);
    },
    30_000,
  );

  test.each([
    ['PutItem', 'claim', () => open().claim(CLAIM)],
    ['GetItem', 'find', () => open().find(CLAIM.image, CLAIM.version)],
  ] as const)('a role without the right %s is told which one it lacks', async (action, _, call) => {
    aws.answers.set(action, () => ({ error: 'AccessDeniedException' }));

    await expect(call()).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringMatching(
        `claims ${TABLE} did not answer: AccessDeniedException: .*lacks the right dynamodb:${action} on this table`,
      ),
    });
    expect(aws.calls).toEqual([action]);
  });

  test('a refusal that does not say who holds the version is an error, not a claim', async () => {
    meddle(1, () => ({ error: 'ConditionalCheckFailedException' }));

    await expect(open().claim(CLAIM)).rejects.toThrow('ConditionalCheckFailedException');
  });

  test('what was claimed a moment ago is read, and a read that fails is an error', async () => {
    await open().claim(CLAIM);

    expect(await open().find(CLAIM.image, CLAIM.version)).toEqual(CLAIM);
    await expect(open('other').find(CLAIM.image, CLAIM.version)).rejects.toThrow('ResourceNotFoundException');
  });

  test('a table that is not there is an error', async () => {
    await expect(open('other').claim(CLAIM)).rejects.toThrow('ResourceNotFoundException');
  });
});
