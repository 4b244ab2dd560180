import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The readers of the Storm notebook. */
export const PYTHON_READERS = ['stream_chat', 'StreamingChatHandler', 'robust_stream_chat'] as const;

export interface PythonOutcome {
  readonly returned?: unknown;
  /** The name of the exception. */
  readonly raised?: string;
}

/** Runs one of them, unchanged, with Python and `requests`. @param key for `storm-api-key` */
export async function askInPython(
  reader: (typeof PYTHON_READERS)[number],
  { url, key }: { readonly url: string; readonly key: string },
  question: string,
): Promise<PythonOutcome> {
  const script = join(import.meta.dirname, 'run_reader.py');
  const { stdout } = await promisify(execFile)('python3', [script, url, key, reader, question]);
  return JSON.parse(stdout) as PythonOutcome;
}
