import { pino, type DestinationStream, type Logger } from 'pino';
import type { LoggingConfig } from '../../config/app-config.js';
import type { LogFields } from './structured-log.port.js';

/** Nothing logs these on purpose; should an object with one slip through, its value does not. */
const SECRET_KEYS = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  '["storm-api-key"]',
  'password',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'apiKey',
];
const HOLDERS = ['', 'headers', 'req.headers', 'res.headers', 'body', 'err', 'err.config.headers'];

const REDACTED_PATHS = HOLDERS.flatMap((holder) =>
  SECRET_KEYS.map((key) => (holder === '' || key.startsWith('[') ? `${holder}${key}` : `${holder}.${key}`)),
);

/** What every line says about where it was written, e.g. in which trace. */
export type LogPlace = (fields: object) => LogFields;

/**
 * The JSON log of one application.
 * @param destination where the lines go; standard output when it is not given
 * @param place asked for each line that is written
 */
export function createLog(config: LoggingConfig, destination?: DestinationStream, place?: LogPlace): Logger {
  return pino(
    {
      level: config.level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(place === undefined ? {} : { mixin: place, mixinMergeStrategy: joined }),
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** Pino would write the fields of the line into what says its place, which is shared with other lines. */
function joined(fields: object, place: object): object {
  return { ...place, ...fields };
}
