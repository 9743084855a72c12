/** The index of packages by the kinds that the catalog publishes. */
import { Match } from 'aws-cdk-lib/assertions';
import type { ModuleKind } from '../../../core/contract/job';
import { type Statement, statementsOf } from '../rights/role-statements';
import { synthesize } from '../synthesized';

const template = synthesize({ modules: [{ stage: 'tools' }] });
const rights = statementsOf(template.toJSON());
const PACKAGES = 'codeartifact:package/PackagesDomain/PackagesRepository/pypi//*';

test('the index has the public index of npm behind it only if npm packages are published', () => {
  const other = synthesize({ modules: [{ stage: 'tools' }, { stage: 'tools', kind: 'npm' }] });

  other.hasResource('AWS::CodeArtifact::Repository', {
    Properties: { RepositoryName: 'public-npm', ExternalConnections: ['public:npmjs'] },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
  other.hasResourceProperties('AWS::CodeArtifact::Repository', {
    RepositoryName: 'modules',
    ExternalConnections: ['public:pypi'],
    Upstreams: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('Publicnpm'), 'Name'] }],
  });
  template.resourceCountIs('AWS::CodeArtifact::Repository', 1);
});

test('the index of npm gets the same rights as that of Python, and none of Python if no such package is published', () => {
  const resources = (statements: readonly Statement[] = []) =>
    statements.flatMap((each) => each.resources).filter((each) => each.startsWith('codeartifact:package/'));
  const of = (...kinds: readonly ModuleKind[]) =>
    statementsOf(synthesize({ modules: kinds.map((kind) => ({ stage: 'tools', kind })) }).toJSON());

  const npm = PACKAGES.replace('pypi//*', 'npm/*');
  expect(resources(of('npm').Publish)).toEqual([npm, npm]);
  expect(resources(of('npm').Plan)).toEqual([npm]);
  expect(resources(of('npm', 'python').Publish)).toEqual([npm, PACKAGES, npm, PACKAGES]);
  const maven = PACKAGES.replace('pypi//*', 'maven/*');
  expect(resources(of('maven').Plan)).toEqual([maven]);
});

test('the index has the public index of Maven behind it, and the right to its metadata, only if Maven packages are published', () => {
  const both = synthesize({ modules: [{ stage: 'tools' }, { stage: 'tools', kind: 'maven' }] });

  both.hasResourceProperties('AWS::CodeArtifact::Repository', {
    RepositoryName: 'public-maven',
    ExternalConnections: ['public:maven-central'],
  });
  const maven = PACKAGES.replace('pypi//*', 'maven/*');
  const holders = Object.entries(statementsOf(both.toJSON())).flatMap(([role, statements]) =>
    statements.filter(({ actions }) => actions.includes('codeartifact:PutPackageMetadata')).map((each) => [role, each]),
  );
  expect(holders).toEqual([['Publish', { actions: ['codeartifact:PutPackageMetadata'], resources: [maven] }]]);
  expect(JSON.stringify(rights)).not.toContain('PutPackageMetadata');
});
