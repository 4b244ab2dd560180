import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Newer ones are tried by whoever changes these lines. */
const PACKAGES = ['openapi-python-client==0.29.1', 'mypy==2.4.1'];
const PROGRAM = join(import.meta.dirname, '__fixtures__/use_client.py');
/** What `docs/clients.md` says: the generator would read a stream to its end and take all of it for one event. */
const CONFIG = { content_type_overrides: { 'text/event-stream': 'application/x-event-stream' } };

/** A Python client that was generated from a document, with a program that uses it, in an environment of their own. */
export class PythonClient {
  private constructor(private readonly folder: string) {}

  /**
   * Installs the generator (over the network), generates, compiles and type-checks.
   * @throws with what the program that failed has said
   */
  static async make(document: object): Promise<PythonClient> {
    const client = new PythonClient(await mkdtemp(join(tmpdir(), 'tollgate-python-')));
    try {
      await client.generate(document);
      return client;
    } catch (error) {
      await client.remove();
      throw error;
    }
  }

  private async generate(document: object): Promise<void> {
    await run('python3', ['-m', 'venv', this.at('venv')]);
    await this.python('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES);
    await writeFile(this.at('openapi.json'), JSON.stringify(document));
    // JSON is YAML.
    await writeFile(this.at('config.yml'), JSON.stringify(CONFIG));
    await copyFile(PROGRAM, this.at('use_client.py'));
    const output = ['--output-path', 'tollgate_client', '--meta', 'none'];
    const generated = await this.python(
      ...['-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--config', 'config.yml'],
      ...output,
    );
    const lost = /Unable to (process|parse) .*/.exec(generated);
    if (lost !== null) throw new Error(`The generator could not make everything:\n${generated}`);
    await this.python('-m', 'compileall', '-q', 'tollgate_client');
    // What is wrong inside of the generated code (a variable that is declared twice) is the generator's.
    await this.python('-m', 'mypy', '--strict', '--follow-imports=silent', 'use_client.py');
  }

  /** Runs the program; resolves with what it says. */
  async use(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.python('use_client.py', ...args)) as Record<string, unknown>;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private at(name: string): string {
    return join(this.folder, name);
  }

  /** @returns what it says on standard output */
  private async python(...args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await run(this.at('venv/bin/python'), args, {
        cwd: this.folder,
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      const {
        message,
        stdout = '',
        stderr = '',
      } = error as { message: string; stdout?: string; stderr?: string };
      throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
    }
  }
}
