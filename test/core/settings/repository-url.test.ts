import { repositoryUrl } from '../../../core/settings/git-pages';
import { parseSettings } from '../../../core/settings/parse-settings';
import { SMALLEST } from '../../support/settings/smallest';

const urlOf = (git: object) => repositoryUrl(parseSettings({ ...SMALLEST, git }).git);

test.each([
  [{ host: 'github', repository: 'shop/mono' }, 'https://github.com/shop/mono'],
  [{ host: 'github', repository: 'shop/mono', apiUrl: 'https://git.example/api/v3' }, 'https://git.example/shop/mono'],
  [{ host: 'gitlab', repository: 'shop/team/mono' }, 'https://gitlab.com/shop/team/mono'],
  [
    { host: 'gitlab', repository: 'shop/mono', apiUrl: 'https://git.example:8443/api/v4' },
    'https://git.example:8443/shop/mono',
  ],
  [{ host: 'bitbucket', repository: 'shop/mono' }, 'https://bitbucket.org/shop/mono'],
  [
    { host: 'azure-devops', repository: 'shop/Web Shop/mono', repositoryId: '278d5cd2-584d-4b63-824a-2ba458937249' },
    'https://dev.azure.com/shop/Web%20Shop/_git/mono',
  ],
  [
    { host: 'bitbucket-data-center', repository: 'SHOP/mono', apiUrl: 'https://git.example/bitbucket/rest' },
    'https://git.example/bitbucket/projects/SHOP/repos/mono',
  ],
  [
    { host: 'codecommit', repository: 'mono', apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com' },
    'https://eu-central-1.console.aws.amazon.com/codesuite/codecommit/repositories/mono',
  ],
  [{ host: 'local', path: '/srv/mono.git' }, undefined],
])('the pages of %j are %s', (git, url) => {
  expect(urlOf(git)).toBe(url);
});
