import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { judgePackageKinds, judgeStack } from '../../../core/doctor/judge-stack';

const PLACE = { stackName: 'Shop', region: 'eu-central-1' };
const EVENTS = 'aws cloudformation describe-stack-events --stack-name Shop --region eu-central-1';

test.each([
  [undefined, 'later', 'npx cdk deploy'],
  ['CREATE_COMPLETE', 'ok', undefined],
  ['UPDATE_COMPLETE', 'ok', undefined],
  ['UPDATE_ROLLBACK_COMPLETE', 'problem', 'npx cdk deploy'],
  ['ROLLBACK_COMPLETE', 'problem', EVENTS],
  ['DELETE_COMPLETE', 'problem', EVENTS],
  ['UPDATE_IN_PROGRESS', 'problem', EVENTS],
])('a stack in the state %s is %s', (status, state, fix) => {
  expect(judgeStack(status, PLACE)).toMatchObject({ check: 'stack', state, ...(fix === undefined ? {} : { fix }) });
});

const catalog = parseCatalog(
  'platform: v1.0.0\nmodules: { a: { path: a, publish: true }, b: { path: b, publish: { kind: npm } }, c: c }\nservices: { api: }\n',
);

test.each([
  [undefined, []],
  [{ PackageKinds: 'python npm' }, []],
  [{ PackageKinds: 'python' }, ['npm']],
  [{}, ['python and npm']],
])('a stack with the outputs %j lacks the kinds %j', (outputs, kinds) => {
  expect(judgePackageKinds(outputs, catalog)).toEqual(
    kinds.map((kind) => ({
      check: 'package index',
      state: 'problem',
      text: `the catalog publishes modules as packages of the kind ${kind}, the deployed stack none of them`,
      fix: 'npx cdk deploy',
    })),
  );
});

test('a catalog that publishes nothing, or cannot be read, needs no kinds', () => {
  expect(judgePackageKinds({}, undefined)).toEqual([]);
  expect(judgePackageKinds({}, { modules: [] })).toEqual([]);
});
