import { installReads, isRead } from '../../../../core/compare/advice/installs';

describe('an instruction that only installs packages', () => {
  test.each([
    ['RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*', []],
    ['RUN --mount=type=cache,target=/root/.npm npm ci', ['package.json', 'package-lock.json']],
    ['RUN corepack enable && pnpm install --frozen-lockfile', ['pnpm-lock.yaml']],
    ['RUN pip install --no-cache-dir -r requirements.txt', ['requirements.txt']],
    ['RUN go mod download', ['go.mod', 'go.sum']],
    ['RUN ./mvnw -B dependency:go-offline', ['pom.xml']],
    ['RUN dotnet restore Api/Api.csproj', ['Api.csproj']],
  ])('%s', (run, files) => {
    const reads = installReads(run);

    expect(reads).toBeDefined();
    for (const file of files) expect([file, isRead(`deep/down/${file}`, reads ?? [])]).toEqual([file, true]);
    expect(isRead('deep/down/main.go', reads ?? [])).toBe(false);
  });

  test.each([
    'RUN npm ci && npm run build',
    'RUN pip install .',
    'RUN pip install -e ./api',
    'RUN pip install $(cat list)',
    'RUN poetry install',
    'RUN make',
    'RUN yarn build',
    'RUN curl https://example.com/install.sh | sh',
    'RUN true',
  ])('is not %s', (run) => {
    expect(installReads(run)).toBeUndefined();
  });
});
