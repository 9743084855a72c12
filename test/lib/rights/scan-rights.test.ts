/** What the scan of images adds to the rights and to the state machine, and nothing else. */
import { synthesize } from '../synthesized';
import { CANDIDATES, EXPECTED, LOG, RELEASES, right, TRACE, WRITE } from './expected-rights';
import { type Statement, statementsOf } from './role-statements';

const template = synthesize({ settings: { scan: { from: 'ecr' }, notices: { chats: ['slack', 'teams'] } } }).toJSON();
const rights = statementsOf(template);
const sorted = (statements: readonly Statement[] = []) => statements.map((each) => JSON.stringify(each)).sort();

test('the scan function reads images and findings, has images scanned again, and writes no image', () => {
  expect(sorted(rights.Scan)).toEqual(
    sorted([
      right(LOG, 'ScanLog'),
      right(TRACE, '*'),
      right(['s3:ListBucket'], 'StoreBucket'),
      right(
        ['s3:GetObject'],
        'StoreBucket/runs/*/plan.json',
        'StoreBucket/runs/*/failures/*.json',
        'StoreBucket/runs/*/scan.json',
        'StoreBucket/manifests/*.json',
      ),
      right(WRITE, 'StoreBucket/runs/*/scan.json', 'StoreBucket/manifests/*.json'),
      right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
      right(['ecr:BatchGetImage', 'ecr:DescribeImageScanFindings', 'ecr:StartImageScan'], CANDIDATES, RELEASES),
      // IAM knows no narrower resource for findings of Inspector.
      right(['inspector2:ListCoverage', 'inspector2:ListFindings'], '*'),
    ]),
  );
});

test('besides, only the report may read the scan, and no other role gets a right', () => {
  const changed = Object.keys(EXPECTED).filter((role) => {
    const traced = `${role}Function` in template.Resources ? [right(TRACE, '*')] : [];
    return JSON.stringify(sorted(rights[role])) !== JSON.stringify(sorted([...(EXPECTED[role] ?? []), ...traced]));
  });

  expect(changed).toEqual(['Report', 'PipelineStateMachine']);
  expect(JSON.stringify(rights.Report)).toContain('StoreBucket/runs/*/scan.json');
  expect(rights.PipelineStateMachine).toContainEqual(
    right(['lambda:InvokeFunction'], 'ScanFunction', 'ScanFunction:*'),
  );
});

test('without the setting there is no such function', () => {
  expect(Object.keys(statementsOf(synthesize({}).toJSON()))).not.toContain('Scan');
});
