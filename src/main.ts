import { banner } from './banner.js';
import { startTollgate, type RunningTollgate } from './bootstrap.js';
import { loadConfig } from './config/load-config.js';
import { readEnvironment } from './config/read-environment.js';
import { demoAccess } from './demo-access.js';
import { describeStartError } from './platform/lifecycle/start.error.js';

/** How long a process in an unknown state may take to let go of what it holds. */
const CRASH_CLOSE_MS = 3000;

/** SIGHUP: the terminal is gone; SIGUSR2: a watcher (nodemon) starts it anew. By default both would end the process at once. */
const SHUTDOWN_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;

async function main(): Promise<void> {
  const state: { running?: RunningTollgate; closing: boolean } = { closing: false };

  // A signal while starting ends the process as it would any other: nothing has been promised to anybody yet.
  const onSignal = (signal: NodeJS.Signals): void => {
    const { running } = state;
    // The second signal comes from somebody who does not want to wait.
    if (state.closing || running === undefined) process.exit(1);
    state.closing = true;
    running.log.info({ signal }, 'shutting down');
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.fatal({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  for (const signal of SHUTDOWN_SIGNALS) process.on(signal, onSignal);

  const onCrash = (error: unknown): void => {
    const { running } = state;
    // Nobody knows what state this leaves: the turns are settled from their checkpoints by the next start.
    if (running === undefined) process.stderr.write(`${describeStartError(error)}\n`);
    running?.log.fatal({ err: error }, 'uncaught: exiting');
    setTimeout(() => process.exit(1), CRASH_CLOSE_MS).unref();
    (running?.database.close() ?? Promise.resolve()).finally(() => process.exit(1)).catch(() => undefined);
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  const config = loadConfig(readEnvironment());
  const running = await startTollgate(config);
  state.running = running;
  const demo = config.environment === 'production' ? undefined : await demoAccess(running.app);
  const database =
    running.database.kind === 'embedded' ? `embedded, in ${config.database.dataDir}` : 'MongoDB';
  process.stdout.write(banner({ url: running.url, database, demo }));
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeStartError(error)}\n`);
  process.exit(1);
});
