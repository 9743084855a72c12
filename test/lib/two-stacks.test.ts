/** Two pipelines in one account and region: no name of one is a name of the other. */
import fc from 'fast-check';
import type { Settings } from '../../core/settings/schema';
import { packageDomain, stackName } from '../../core/settings/stack-name';
import { runs } from '../support/property-runs';
import { type StackInput, synthesize } from './synthesized';

const github = (repository: string) => ({ git: { host: 'github', repository } as Settings['git'] });

describe('the name of the stack', () => {
  test('is made from the repository, or set by the settings', () => {
    expect(stackName(github('team/monorepo'))).toBe('ImagePipeline-team--monorepo');
    expect(stackName(github('team/my.shop'))).toMatch(/^ImagePipeline-team--my-shop-[0-9a-f]{8}$/);
    expect(stackName({ ...github('team/monorepo'), stack: 'shop' })).toBe('shop');
  });

  test('is valid for CloudFormation, and unique for each repository', () => {
    const owner = fc.stringMatching(/^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/);
    const repository = fc.tuple(owner, fc.stringMatching(/^[\w.-]{1,100}$/)).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(repository, repository, (one, other) => {
        expect(stackName(github(one))).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
        if (one !== other) expect(stackName(github(one))).not.toBe(stackName(github(other)));
      }),
      { numRuns: runs(400) },
    );
  });

  test('gives a valid CodeArtifact domain of at most 50 characters', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(packageDomain(one)).toMatch(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/);
        if (one.toLowerCase() !== other.toLowerCase()) expect(packageDomain(one)).not.toBe(packageDomain(other));
      }),
      { numRuns: runs(400) },
    );
  });
});

/** Values of all properties that name a resource, with the stack's name in place of its reference. */
function names(input: StackInput, stack: string): string[] {
  const { Resources } = synthesize(input).toJSON() as {
    Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  };
  return Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      .filter(([name]) =>
        /^(Name|(Alarm|LogGroup|Dashboard|Domain|Repository|Table|Bucket|Queue|Topic)Name)$/.test(name),
      )
      .filter(([name]) => !(Type === 'AWS::CodeArtifact::Repository' && name === 'RepositoryName'))
      .map(([, value]) => JSON.stringify(value).replaceAll('{"Ref":"AWS::StackName"}', stack)),
  );
}

test('no resource of one pipeline has the name of a resource of the other', () => {
  const input = (repository: string): StackInput => ({
    modules: [{ stage: 'tools' }],
    settings: {
      git: { host: 'github', repository },
      candidates: { host: 'ecr', repository: `${repository}/candidates` },
    },
  });
  const own = (repository: string) =>
    names(input(repository), stackName(github(repository))).filter((name) => !name.includes('Fn::GetAtt'));
  const [first, second] = [own('team/shop'), own('team/bank')];

  expect(first.length).toBeGreaterThan(15);
  expect(first.filter((name) => second.includes(name))).toEqual([]);
});
