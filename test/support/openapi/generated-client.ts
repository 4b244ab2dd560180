import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../../../node_modules');
const PROGRAM = join(import.meta.dirname, '__fixtures__/use-client.ts.txt');
/** As strict as somebody's project may be; what is generated is compiled with it. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'nodenext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noFallthroughCasesInSwitch: true,
    outDir: 'built',
    rootDir: '.',
  },
  include: ['**/*.ts'],
};

/** A client that was generated from a document, with a program that uses it. */
export class GeneratedClient {
  private constructor(readonly folder: string) {}

  /**
   * Generates and compiles.
   * @throws with the generator's or the compiler's complaints
   */
  static async make(document: object): Promise<GeneratedClient> {
    const client = new GeneratedClient(await mkdtemp(join(tmpdir(), 'tollgate-generated-')));
    try {
      await client.generate(document);
      return client;
    } catch (error) {
      await client.remove();
      throw withOutput(error);
    }
  }

  private async generate(document: object): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    await writeFile(at('openapi.json'), JSON.stringify(document));
    await writeFile(at('package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(at('tsconfig.json'), JSON.stringify(TSCONFIG));
    const output = { path: 'generated', importFileExtension: '.js' };
    const config = { input: 'openapi.json', output, plugins: ['@hey-api/client-fetch'] };
    await writeFile(at('openapi-ts.config.json'), JSON.stringify(config));
    await copyFile(PROGRAM, at('use-client.ts'));
    await this.node(join(MODULES, '@hey-api/openapi-ts/bin/run.js'), '-f', at('openapi-ts.config.json'));
    await this.node(join(MODULES, 'typescript/bin/tsc'), '-p', '.');
  }

  /** Runs the program; resolves with what it says. */
  async use(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { stdout } = await this.node('built/use-client.js', ...args).catch((error: unknown) => {
      throw withOutput(error);
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private node(...args: readonly string[]): Promise<{ stdout: string }> {
    return run(process.execPath, args, { cwd: this.folder, env: { ...process.env, NODE_OPTIONS: '' } });
  }
}

/** With what a program has said before it failed. */
function withOutput(error: unknown): Error {
  const {
    message,
    stdout = '',
    stderr = '',
  } = error as { message: string; stdout?: string; stderr?: string };
  return new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
}
