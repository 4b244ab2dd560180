import { createContext, Script, type Context } from 'node:vm';

const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
const SCRIPT = new Script('work()');
/** Where the function to be called stands for the script; made with the first call. */
let context: (Context & { work?: () => unknown }) | undefined;

/**
 * Runs a function that may be cut off anywhere, so one without effects outside of itself: not even its `catch` and `finally` run then. A thread of Node's
 * own watches the time and breaks in, which costs a tenth of a millisecond; that of a busy machine may come a little late.
 * @returns `undefined` also when it was cut off
 */
export function runWithin<T>(milliseconds: number, work: () => T): T | undefined {
  context ??= createContext({ work: undefined });
  context.work = work;
  try {
    return SCRIPT.runInContext(context, { timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === TIMED_OUT) return undefined;
    throw error;
  } finally {
    context.work = undefined;
  }
}
