/** The board's actions in Debian's Chromium, as a person does them, on a served pipeline. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { objectKeys } from '../../../core/contract/keys';
import { homePaths } from '../../../local/runtime/home';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});

afterAll(() => browser.close());

describe('a served pipeline', () => {
  let served: ServedPipeline;

  beforeAll(async () => {
    served = await servePipelineOfTests();
  }, 60_000);

  afterAll(() => served.end());

  test('a release is previewed, started, followed live, and found in the environment', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(served.serving().board);
    await page.getByRole('link', { name: 'Start a run' }).click();
    await page.getByRole('link', { name: 'release' }).click();
    await page.getByLabel('Branch').fill('main');
    await page.getByLabel('Version', { exact: true }).fill('v1.4.0');
    await page.getByRole('button', { name: 'Preview the plan' }).click();
    await page.getByText('to build 4, to retag 0, to keep 0').first().waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Start release' }).click();
    await page.getByRole('link', { name: 'Go to the run' }).click({ timeout: 30_000 });
    // The page follows the run by itself.
    await page.getByText('succeeded').first().waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Environments' }).click();
    await page.getByText('v1.4.0').first().waitFor({ timeout: 10_000 });
    const run =
      (await page
        .getByRole('link', { name: /^release-v1-4-0/ })
        .first()
        .textContent()) ?? '';
    await readStoredPage(served, run);
    await context.close();
  });

  test('tested images are promoted, and the run is undone', async () => {
    const page = await open(served);
    await start(page, 'promote', { 'Version (optional)': 'v1.5.0', 'From version (optional)': 'v1.4.0' });
    expect(served.read('chart/values.yaml')).toContain('v1.5.0');
    await page.getByRole('link', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Continue without a preview' }).click();
    await finish(page, 'rollback');
    expect(served.read('chart/values.yaml')).toContain('v1.4.0');
    await page.context().close();
  });
});

describe('a served pipeline that asks for approval', () => {
  let served: ServedPipeline;

  beforeAll(async () => {
    const environments = [{ name: 'production', values: 'chart/values.yaml', approval: { hours: 1 } }];
    served = await servePipelineOfTests(new Set(), { valuesFile: undefined, environments } as never);
  }, 60_000);

  afterAll(() => served.end());

  test('a run is rejected with a reason, redriven, and stopped', async () => {
    const page = await open(served);
    await start(page, 'release', { Branch: 'main', Version: 'v1.4.0' }, 'waits for approval');
    const run = page.url();
    await page.getByRole('link', { name: 'Reject' }).click();
    await page.getByLabel(/Reason/).fill('not on a Friday');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.goto(run);
    await page.getByText('not on a Friday').first().waitFor({ timeout: 30_000 });
    // The report is stored shortly before the execution has ended, and only an ended one can be redriven.
    await page.waitForTimeout(3000);

    await page.getByRole('link', { name: 'Redrive' }).click();
    await page.getByRole('button', { name: 'Redrive' }).click();
    await page.getByText('done').first().waitFor({ timeout: 90_000 });
    await page.goto(run);
    await page.getByRole('link', { name: 'Stop' }).click();
    await page.getByText('aws stepfunctions stop-execution').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('done').first().waitFor({ timeout: 90_000 });
    await page.goto(run);
    await page.getByText('was stopped').first().waitFor({ timeout: 30_000 });
    expect(served.read('chart/values.yaml')).toContain('v1.3.0');
    await page.context().close();
  }, 300_000);
});

async function open(served: ServedPipeline): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(served.serving().board);
  return page;
}

/** Fills in a form, confirms it, and follows the run until the page has the text. */
async function start(
  page: Page,
  action: string,
  fields: Readonly<Record<string, string>>,
  until?: string,
): Promise<void> {
  await page.getByRole('link', { name: 'Start a run' }).click();
  await page.getByRole('link', { name: action, exact: true }).click();
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Continue without a preview' }).click();
  await finish(page, action, until);
}

async function finish(page: Page, action: string, until = 'succeeded'): Promise<void> {
  await page.getByRole('button', { name: `Start ${action}` }).click();
  await page.getByRole('link', { name: 'Go to the run' }).click({ timeout: 30_000 });
  await page.getByText(until).first().waitFor({ timeout: 90_000 });
}

/** The page beside the summary, from disk, without script. */
async function readStoredPage(served: ServedPipeline, run: string): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const file = join(homePaths(served.home).objects, objectKeys.page(run));
  await page.goto(pathToFileURL(file).href);
  expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
  expect(await page.getByText('Timeline').count()).toBeGreaterThan(0);
  await context.close();
}
