/** The states of the scan, as they are deployed: between builds and approval, asked again until it is done, and failing before any version. */
import type { ScanRequest, ScanStep } from '../../../../core/contract/scan/scan';
import { stateMachineDefinition, type Template } from '../../../../local/runtime/definition';
import { synthesize } from '../../synthesized';
import { named, plan, run } from '../machine-run';

const environments = [{ name: 'production', values: 'values.yaml', approval: { hours: 24 } }];
const definitionWith = (settings: object) => stateMachineDefinition(synthesize({ settings }).toJSON() as Template);
const DEFINITION = definitionWith({ scan: { from: 'ecr' }, environments });
const WAIT: ScanStep = { next: 'wait', seconds: 0 };
const DONE: ScanStep = { next: 'done', seconds: 0 };

/** Runs the machine with these answers of the scan function, one after the other. */
async function scanned(answers: readonly (ScanStep | Error)[], approvalSeconds = 0) {
  const rest = [...answers];
  const Scan = () => {
    const answer = rest.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const Approval = () => ({ by: 'alice' });
  const planned = () => plan({ tools: ['etcd'] }, { approvalSeconds });
  return run(planned, { definition: DEFINITION, steps: { Scan, Approval } });
}

test('without the setting there is no such state', () => {
  const states = Object.keys(definitionWith({ environments }).States as object);
  expect(states.filter((name) => /scan/i.test(name))).toEqual([]);
});

test('a scan is asked again until it is done, and images get their versions after it', async () => {
  const { steps, result, payloads } = await scanned([WAIT, WAIT, DONE]);
  const [request] = payloads('Scan') as ScanRequest[];

  expect(result.status).toBe('SUCCEEDED');
  expect(steps).toEqual(['Plan', 'Build', 'Scan', 'Scan', 'Scan', 'Release', 'Commit', 'Report']);
  expect(request).toMatchObject({ run: 'run-1', redrives: 0 });
  expect(JSON.stringify(request?.builds)).toContain('etcd');
});

test('a refused run gets no version and no commit, and is reported with the error', async () => {
  const { steps, result, payloads } = await scanned([WAIT, named('FindingsRefused', 'auth: CVE-2026-1')]);

  expect(result).toMatchObject({ status: 'FAILED', error: 'FindingsRefused' });
  expect(steps).toEqual(['Plan', 'Build', 'Scan', 'Scan', 'Report', 'End']);
  expect(JSON.stringify(payloads('Report'))).toContain('auth: CVE-2026-1');
});

test('no person is asked to approve what the scan refuses', async () => {
  expect((await scanned([named('FindingsRefused', 'x')], 60)).steps).not.toContain('Approval');
});
