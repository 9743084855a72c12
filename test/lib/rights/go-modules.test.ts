/** The rights of functions in a stack whose catalog has Go modules. */
import { synthesize } from '../synthesized';
import { type Statement, statementsOf } from './role-statements';

test('Go modules have no index, and their versions are tags: only for them the publish step has a login that may write git', () => {
  const of = (...kinds: readonly ('go' | 'npm')[]) =>
    statementsOf(synthesize({ modules: kinds.map((kind) => ({ stage: 'tools', kind })) }).toJSON());
  const actions = (statements: readonly Statement[] = []) => statements.flatMap((each) => each.actions).sort();
  const go = of('go');

  for (const role of ['Publish', 'Plan', 'Preview', 'ModuleBuilder']) {
    expect(JSON.stringify(go[role])).not.toContain('codeartifact');
  }
  const secret = { actions: ['secretsmanager:GetSecretValue'], resources: ['SecretsGit'] };
  expect(go.Publish).toContainEqual(secret);
  expect(actions(go.ModuleBuilder)).not.toContain('secretsmanager:GetSecretValue');
  expect(actions(of('npm').Publish)).not.toContain('secretsmanager:GetSecretValue');
  expect(actions(of('npm', 'go').Publish)).toEqual(
    [...actions(of('npm').Publish), 'secretsmanager:GetSecretValue'].sort(),
  );
});
