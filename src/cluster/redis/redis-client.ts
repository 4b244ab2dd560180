import { createClient, createCluster } from 'redis';
import type { RedisConfig } from '../../config/app-config.js';

const CONNECT_TIMEOUT_MS = 2000;
const FIRST_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 1000;
/** Commands that wait for their answers; beyond it they fail at once, which to a bus is a message lost. */
const MAX_WAITING_COMMANDS = 10_000;

export type RedisClient = ReturnType<typeof newClient>;
export type ClientOptions = ReturnType<typeof clientOptions>;

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** Instances must not all come back at the same moment. @param attempt counts from 0 */
export function reconnectDelay(attempt: number): number {
  return Math.min(FIRST_RECONNECT_MS * 2 ** attempt, MAX_RECONNECT_MS) * (0.5 + Math.random() / 2);
}

/** @param reconnects whether it comes back by itself to the same address */
export function clientOptions(reconnects = true) {
  return {
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      reconnectStrategy: reconnects ? reconnectDelay : (false as const),
    },
    // A message that comes late is worth less than none.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    maintNotifications: 'disabled',
  } as const;
}

/** A client whose address is in its URL. */
export function newClient(url: string) {
  return createClient({ ...clientOptions(), url });
}

/** A client that does not come back by itself: whoever uses it looks for the server anew. */
export function newFleetingClient(host: string, port: number, tls: boolean, credentials: Credentials) {
  const { socket, ...options } = clientOptions(false);
  return createClient({
    ...options,
    ...credentials,
    socket: tls ? { ...socket, host, port, tls } : { ...socket, host, port },
  });
}

/** The cluster's nodes. They are connected to when they are needed: one that is gone must not keep the others waiting. */
export function newCluster(config: RedisConfig) {
  const { socket, ...options } = clientOptions();
  return createCluster({
    rootNodes: config.urls.map((url) => ({ url })),
    minimizeConnections: true,
    topologyRefreshOnReconnectionAttemptStrategy: MAX_RECONNECT_MS,
    defaults: {
      ...options,
      ...credentialsOf(config),
      socket: isTls(config) ? { ...socket, tls: true as const } : socket,
    },
  });
}

export const isTls = ({ urls }: RedisConfig): boolean => urls.every((url) => url.startsWith('rediss:'));

/** Those of the servers behind sentinels, and of the nodes of a cluster, where they are not what a URL says. */
export function credentialsOf({ username, password, urls: [url = ''] }: RedisConfig): Credentials {
  return username === undefined && password === undefined
    ? credentialsIn(url)
    : withoutAbsent({ username, password });
}

export function credentialsIn(url: string): Credentials {
  const { username, password } = new URL(url);
  return withoutAbsent({
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
  });
}

function withoutAbsent({ username, password }: Record<'username' | 'password', string | undefined>) {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}
