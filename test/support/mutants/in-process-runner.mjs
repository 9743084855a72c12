/**
 * A test runner for StrykerJS that loads all test files once and then runs, for each mutant, only the tests that reach it. Mutants are
 * switched on while the code runs, so nothing has to be loaded again: a mutant costs milliseconds where a run of jest costs most of a
 * second. `describe` and `test` are jest-circus's own, `expect` and `jest.spyOn` are jest's.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { register as registerImports } from 'tsx/esm/api';

const HOOK_LIMIT_MS = 60_000;

/** Loads what tests find as globals. */
function installGlobals(require) {
  const circus = require('jest-circus');
  const { ModuleMocker } = require('jest-mock');
  const { describe, test, it, beforeAll, beforeEach, afterAll, afterEach } = circus;
  const mocker = new ModuleMocker(globalThis);
  const jest = {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    restoreAllMocks: () => mocker.restoreAllMocks(),
    retryTimes: () => jest,
    setTimeout: () => jest,
  };
  Object.assign(globalThis, { describe, test, it, beforeAll, beforeEach, afterAll, afterEach, jest });
  Object.assign(globalThis, { expect: require('expect').expect });
  return circus;
}

/** Loads the test files at and below the paths, each as a block of its own. Returns the block above them all. */
function loadTests(root, folders) {
  const require = createRequire(join(root, 'package.json'));
  require('tsx/cjs');
  // Tests load handlers with import() once their environment is set.
  registerImports();
  const circus = installGlobals(require);
  require('./test/support/setup.ts');
  for (const file of folders.flatMap((folder) => testFiles(root, folder))) {
    circus.describe(file, () => void require(resolve(root, file)));
  }
  return circus.getState().rootDescribeBlock;
}

function testFiles(root, folder) {
  if (folder.endsWith('.test.ts')) return [folder];
  const files = readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
  return files.filter((name) => name.endsWith('.test.ts')).sort();
}

function nameOf(entry) {
  return entry.parent?.parent ? `${nameOf(entry.parent)} ${entry.name}` : entry.name;
}

function hooksOf(block, type) {
  return block.hooks.filter((hook) => hook.type === type);
}

/** The blocks around a test, the outermost first. */
function blocksAround(entry) {
  return entry.parent === undefined ? [] : [...blocksAround(entry.parent), entry.parent];
}

function testsIn(block) {
  return block.children.flatMap((child) => (child.type === 'test' ? [child] : testsIn(child)));
}

async function call(fn) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${HOOK_LIMIT_MS} ms`)), HOOK_LIMIT_MS);
  });
  try {
    await Promise.race([fn(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function runTest(test, before) {
  const blocks = blocksAround(test);
  await before?.();
  try {
    for (const block of blocks) for (const hook of hooksOf(block, 'beforeEach')) await call(hook.fn);
    await call(test.fn);
  } finally {
    for (const block of blocks.toReversed()) for (const hook of hooksOf(block, 'afterEach')) await call(hook.fn);
  }
}

/** The object in which instrumented code looks up the active mutant and counts what it reaches. */
function stateOfMutants() {
  globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  return globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE];
}

/**
 * Leaves as static only what no test reaches. Stryker restarts the process for a mutant that is reached while modules load, but here they
 * load before a mutant is switched on, so that a restart costs seconds and shows nothing.
 */
function onlyWhereLoaded({ static: loaded, perTest }) {
  const tested = new Set(Object.values(perTest).flatMap((counts) => Object.keys(counts)));
  return { perTest, static: Object.fromEntries(Object.entries(loaded).filter(([id]) => !tested.has(id))) };
}

class InProcessRunner {
  #context = stateOfMutants();
  #tests = [];
  #broken = new Map();
  /** The first error that a test did not catch: an `error` event without a listener, a rejection. It would end the process. */
  #uncaught;

  capabilities() {
    return { reloadEnvironment: false };
  }

  init() {
    process.env.NODE_ENV = 'test';
    process.env.FORCE_COLOR = '0';
    process.on('uncaughtException', (error) => {
      this.#uncaught ??= error ?? new Error('failed');
    });
    this.#tests = testsIn(loadTests(process.cwd(), process.env.MUTANT_TESTS.split(','))).filter(
      ({ mode }) => mode !== 'skip',
    );
  }

  async dryRun({ coverageAnalysis }) {
    const results = await this.#run(this.#tests, false, (test) => {
      if (coverageAnalysis === 'perTest') this.#context.currentTestId = nameOf(test);
    });
    delete this.#context.currentTestId;
    const coverage = onlyWhereLoaded(this.#context.mutantCoverage);
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: coverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    const wanted = testFilter && new Set(testFilter);
    const tests = wanted ? this.#tests.filter((test) => wanted.has(nameOf(test))) : this.#tests;
    this.#context.hitLimit = hitLimit;
    this.#context.hitCount = hitLimit === undefined ? undefined : 0;
    this.#context.activeMutant = activeMutant.id;
    const results = await this.#run(tests, !disableBail, () => {});
    this.#context.activeMutant = undefined;
    const limit = determineHitLimitReached(this.#context.hitCount, this.#context.hitLimit);
    return toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests: results });
  }

  /** Runs the tests with their hooks; with `bail` up to the first that fails. */
  async #run(tests, bail, beforeEach) {
    const results = [];
    const open = [];
    this.#broken.clear();
    for (const test of tests) {
      await this.#leave(open, blocksAround(test));
      beforeEach(test);
      const start = performance.now();
      const failure = await this.#attempt(test, open);
      const result = { id: nameOf(test), name: nameOf(test), timeSpentMs: Math.round(performance.now() - start) };
      results.push(
        failure === undefined
          ? { ...result, status: TestStatus.Success }
          : { ...result, status: TestStatus.Failed, failureMessage: String(failure?.stack ?? failure) },
      );
      if (failure !== undefined && bail) break;
    }
    await this.#leave(open, []);
    return results;
  }

  async #attempt(test, open) {
    this.#uncaught = undefined;
    try {
      await runTest(test, async () => {
        for (const block of blocksAround(test)) {
          if (this.#broken.has(block)) throw this.#broken.get(block);
          if (open.includes(block)) continue;
          open.push(block);
          try {
            for (const hook of hooksOf(block, 'beforeAll')) await call(hook.fn);
          } catch (error) {
            this.#broken.set(block, error);
            throw error;
          }
        }
      });
    } catch (error) {
      return error ?? new Error('failed');
    }
    return this.#uncaught;
  }

  /** Ends the blocks that are not around the next test, the innermost first. */
  async #leave(open, next) {
    for (const block of open.toReversed()) {
      if (next.includes(block)) continue;
      open.splice(open.indexOf(block), 1);
      for (const hook of hooksOf(block, 'afterAll')) {
        try {
          await call(hook.fn);
        } catch {
          // The mutant broke the clean-up; its tests have the verdict.
        }
      }
    }
  }
}

function createRunner() {
  return new InProcessRunner();
}
createRunner.inject = [];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', createRunner)];
