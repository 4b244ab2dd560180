/** Names of the errors by which the driver says that no server answers, or that the connection was lost on the way. */
const UNREACHABLE: ReadonlySet<unknown> = new Set([
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  // Of a connection in use, when the server has fallen silent.
  'PoolClearedOnNetworkError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoClientClosedError',
  'MongoStalePrimaryError',
  'MongoOperationTimeoutError',
  'DatabaseConnectionLost',
  'DatabaseSilent',
  'MongoPoolClearedOnNetworkError',
]);

/**
 * Answers of a server that cannot write, or serve, just now.
 * @see https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const CANNOT_NOW: ReadonlySet<unknown> = new Set([
  14031, // OutOfDiskSpace
  39, // FileStreamFailed
  6, // HostUnreachable
  7, // HostNotFound
  64, // WriteConcernFailed
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  133, // FailedToSatisfyReadPreference
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

/** An error tells of the one below it, which may tell of another. */
const MAX_CAUSES = 5;

/**
 * Whether an error of the database's driver says that the database is away or cannot write, not that the request or this program is wrong. Told by
 * names and codes, because only the persistence knows the driver.
 */
export function isStorageFailure(thrown: unknown): boolean {
  let error = thrown;
  for (let depth = 0; depth < MAX_CAUSES && error instanceof Error; depth++) {
    const { name, code, message } = error as Error & { readonly code?: unknown };
    if (UNREACHABLE.has(name)) return true;
    if (name.startsWith('Mongo') && CANNOT_NOW.has(code)) return true;
    // Mongoose keeps calls back while it reconnects, and gives up on them with an error of no name of its own.
    if (name === 'MongooseError' && /buffering timed out|initial connection/.test(message)) return true;
    error = error.cause;
  }
  return false;
}
