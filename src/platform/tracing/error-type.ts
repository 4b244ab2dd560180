import { AppError } from '../errors/app.error.js';

/** What went wrong in a word without any content: the code of our own errors, or of the system's, or the class. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code)) return code;
  return typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'error';
}

/** Whether the work has done all it could: it was the user who asked for too much. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'user';
}
