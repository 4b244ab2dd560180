import type { RedisConfig } from '../../config/app-config.js';
import { credentialsIn, isTls, newFleetingClient } from './redis-client.js';

const SENTINEL_PORT = 26379;
/** A sentinel that takes longer is passed over. */
const ANSWER_TIMEOUT_MS = 1000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Asks one sentinel after the other which server is the first of its group.
 * @param onError told of each sentinel that could not say
 * @throws Error when none can
 */
export async function findMaster(config: RedisConfig, onError: (error: unknown) => void): Promise<Address> {
  for (const url of config.urls) {
    try {
      return await ask(url, config);
    } catch (error) {
      onError(error);
    }
  }
  throw new Error('No sentinel names the server of its group.');
}

async function ask(url: string, config: RedisConfig): Promise<Address> {
  const { hostname, port } = new URL(url);
  const client = newFleetingClient(
    hostname.replace(/^\[|\]$/g, ''),
    port === '' ? SENTINEL_PORT : Number(port),
    isTls(config),
    credentialsIn(url),
  );
  client.on('error', () => undefined);
  // What waits for its answer rejects then.
  const timer = setTimeout(() => client.destroy(), ANSWER_TIMEOUT_MS);
  try {
    await client.connect();
    const name = config.sentinelMaster ?? '';
    const answer = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
    if (!Array.isArray(answer)) throw new Error(`The sentinels know no group of the name ${name}.`);
    return { host: String(answer[0]), port: Number(answer[1]) };
  } finally {
    clearTimeout(timer);
    client.destroy();
  }
}
