import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';

/** Runs a database call; whatever the driver throws becomes `accounting_unavailable`, with the driver's error as its cause. */
export async function reachingTheLedger<T>(call: () => PromiseLike<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof AppError ? error : errors.accountingUnavailable(error);
  }
}
