import { oneOf } from '../schema/kinds.js';
import { ENVIRONMENTS, plainConcern, setting, type ConfigOf } from '../schema/setting.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const GENERAL = plainConcern('General', {
  environment: setting('NODE_ENV', oneOf(ENVIRONMENTS), {
    default: 'development',
    about:
      'In production nothing is generated: no secret, no demo user, no embedded database unless named; and a misspelt setting stops the start.',
  }),
});

export const LOGGING = plainConcern('Logging', {
  // Outside production the banner at start is for a person: routine lines would drown it.
  level: setting('LOG_LEVEL', oneOf(LOG_LEVELS), {
    default: 'warn',
    production: 'info',
    about: 'What is logged, as JSON lines on standard output. In production the default is info.',
  }),
});

export type LoggingConfig = ConfigOf<typeof LOGGING>;
