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
afterEach(async () => {
  jest.restoreAllMocks();
  await aws.stop();
});

function open(name = TABLE) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return createDynamoClaims({ endpoint: aws.url, region: 'eu-central-1', credentials }, name);
}

/** Passes the first replies through `change`, which may call the table or lose the reply. */
function changeReplies(times: number, change: (answer: () => object | 'lost') => object | 'lost'): void {
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

  test('a retry after a lost reply returns our own claim', async () => {
    changeReplies(1, (answer) => {
      answer();
      return 'lost';
    });

    expect(await open().claim(CLAIM)).toEqual(CLAIM);
    expect(aws.calls).toEqual(['PutItem', 'PutItem']);
    expect(await open().claim({ ...CLAIM, digest: 'sha256:two', run: 'run-2' })).toEqual(CLAIM);
  });

  test('a request that was lost on its way is retried', async () => {
    changeReplies(1, () => 'lost');

    expect(await open().claim(CLAIM)).toEqual(CLAIM);
  });

  test('a retry returns the claim of another run that came first', async () => {
    const other = { ...CLAIM, digest: 'sha256:two', run: 'run-2' };
    changeReplies(1, () => {
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
    'a claim that is throttled four times (%s) succeeds at the fifth try',
    async (error) => {
      changeReplies(4, () => ({ error }));
      // The SDK waits for a random part of a growing bound: here for none of it.
      jest.spyOn(Math, 'random').mockReturnValue(0);

      expect(await open().claim(CLAIM)).toEqual(CLAIM);
      expect(aws.calls).toHaveLength(5);
    },
  );

  test.each([
    ['PutItem', 'claim', () => open().claim(CLAIM)],
    ['GetItem', 'find', () => open().find(CLAIM.image, CLAIM.version)],
  ] as const)('the error for a role without %s names the missing right', async (action, _, call) => {
    aws.answers.set(action, () => ({ error: 'AccessDeniedException' }));

    await expect(call()).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringMatching(
        `claims ${TABLE} did not answer: AccessDeniedException: .*lacks the right dynamodb:${action} on this table`,
      ),
    });
    expect(aws.calls).toEqual([action]);
  });

  test('a refusal without the holder of the version is an error, not a claim', async () => {
    changeReplies(1, () => ({ error: 'ConditionalCheckFailedException' }));

    await expect(open().claim(CLAIM)).rejects.toThrow('ConditionalCheckFailedException');
  });

  test('a new claim can be read at once, and a failed read is an error', async () => {
    await open().claim(CLAIM);

    expect(await open().find(CLAIM.image, CLAIM.version)).toEqual(CLAIM);
    await expect(open('other').find(CLAIM.image, CLAIM.version)).rejects.toThrow('ResourceNotFoundException');
  });

  test('a missing table is an error', async () => {
    await expect(open('other').claim(CLAIM)).rejects.toThrow('ResourceNotFoundException');
  });
});
