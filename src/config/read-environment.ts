import { existsSync } from 'node:fs';

/** The settings of this process: its environment, and below it what `.env` in the working directory says, if it exists. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
