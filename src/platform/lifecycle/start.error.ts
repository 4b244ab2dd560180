import { ConfigError } from '../../config/config.error.js';

/** What keeps an instance from starting, told in words that need no stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What to tell a person whose start failed: what is wrong and what to do, without a stack where the cause is known. */
export function describeStartError(error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\nSee .env.example for every setting.`;
  if (!(error instanceof Error)) return `Tollgate could not start: ${String(error)}`;
  if ('code' in error) {
    const address = 'port' in error ? `Port ${String(error.port)}` : 'The port';
    if (error.code === 'EADDRINUSE')
      return `${address} is in use: set PORT to another one, or stop what listens there.`;
    if (error.code === 'EACCES' && 'port' in error)
      return `${address} may not be used by this user: set PORT to one above 1023.`;
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
      return 'HOST is not an address of this machine.';
  }
  // The driver's own text names hosts, and the URI may hold a password: neither is repeated.
  if (error.name === 'MongooseServerSelectionError' || error.name === 'MongoServerSelectionError') {
    return 'The database cannot be reached: check MONGODB_URI and that the server runs.';
  }
  if (error instanceof StartError) return error.message;
  return `Tollgate could not start: ${error.stack ?? error.message}`;
}
