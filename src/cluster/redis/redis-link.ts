import { createClient, createCluster, createSentinel } from 'redis';
import type { RedisConfig } from '../../config/app-config.js';

const CONNECT_TIMEOUT_MS = 2000;
const FIRST_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 1000;
/** Commands that wait for their answers; beyond it they fail at once, which to a bus is a message lost. */
const MAX_WAITING_COMMANDS = 10_000;

/** Runs a script atomically. All of its keys must lie on the same node of a cluster: they share a `{tag}`. */
export type EvalScript = (
  script: string,
  options: { keys: string[]; arguments: string[] },
) => Promise<unknown>;

/** Connections to Redis, in whichever way its servers stand together. They are made anew by themselves, and subscriptions with them. */
export interface RedisLink {
  /** Connects, however long that takes. Rejects when `destroy` is called before. */
  readonly connect: () => Promise<void>;
  /** Rejects at once while there is no connection. */
  readonly publish: (channel: string, message: string) => Promise<unknown>;
  /** Resolves when the server has acknowledged it: what is published from then on is heard. */
  readonly subscribe: (channel: string, listener: (message: string) => void) => Promise<unknown>;
  readonly eval: EvalScript;
  readonly destroy: () => void;
}

/** @param onError told of every connection that fails, again and again while it does */
export function redisLink(config: RedisConfig, onError: (error: unknown) => void): RedisLink {
  switch (config.mode) {
    case 'single':
      return single(config, onError);
    case 'sentinel':
      return behindSentinels(config, onError);
    case 'cluster':
      return cluster(config, onError);
  }
}

function socketOptions() {
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Instances must not all come back at the same moment.
    reconnectStrategy: (attempt: number) =>
      Math.min(FIRST_RECONNECT_MS * 2 ** attempt, MAX_RECONNECT_MS) * (0.5 + Math.random() / 2),
  };
}

function clientOptions() {
  return {
    socket: socketOptions(),
    // A message that comes late is worth less than none.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    maintNotifications: 'disabled',
  } as const;
}

/** One connection to say and one to hear: what is heard in bulk does not delay the limits' answers. */
function single({ urls: [url = ''] }: RedisConfig, onError: (error: unknown) => void): RedisLink {
  const commands = createClient({ ...clientOptions(), url });
  const ears = createClient({ ...clientOptions(), url });
  commands.on('error', onError);
  ears.on('error', onError);
  return {
    connect: async () => {
      await Promise.all([commands.connect(), ears.connect()]);
    },
    publish: (channel, message) => commands.publish(channel, message),
    subscribe: (channel, listener) => ears.subscribe(channel, listener),
    eval: (script, options) => commands.eval(script, options),
    destroy: () => {
      commands.destroy();
      ears.destroy();
    },
  };
}

function behindSentinels(config: RedisConfig, onError: (error: unknown) => void): RedisLink {
  const tls = isTls(config) ? { tls: true as const } : {};
  const { username, password } = credentialsOf(config.urls[0] ?? '');
  const sentinel = createSentinel({
    name: config.sentinelMaster ?? '',
    sentinelRootNodes: config.urls.map((url) => nodeOf(url, SENTINEL_PORT)),
    sentinelClientOptions: { ...clientOptions(), socket: { ...socketOptions(), ...tls }, username, password },
    nodeClientOptions: {
      ...clientOptions(),
      socket: { ...socketOptions(), ...tls },
      username: config.username,
      password: config.password,
    },
    scanInterval: 1000,
  });
  sentinel.on('error', onError);
  sentinel.on('client-error', ({ error }: { error: unknown }) => onError(error));
  return {
    connect: async () => {
      await sentinel.connect();
    },
    publish: (channel, message) => sentinel.publish(channel, message),
    subscribe: (channel, listener) => sentinel.subscribe(channel, listener),
    eval: (script, options) => sentinel.eval(script, options),
    destroy: () => void sentinel.destroy(),
  };
}

/** Channels are sharded, as keys are: a message goes to one node and not to all. */
function cluster(config: RedisConfig, onError: (error: unknown) => void): RedisLink {
  const { username, password } = config;
  const nodes = createCluster({
    rootNodes: config.urls.map((url) => ({ ...clientOptions(), url })),
    defaults: {
      ...clientOptions(),
      ...(isTls(config) ? { socket: { ...socketOptions(), tls: true as const } } : {}),
      ...(username === undefined && password === undefined
        ? credentialsOf(config.urls[0] ?? '')
        : { username, password }),
    },
  });
  nodes.on('error', onError);
  nodes.on('node-error', onError);
  return {
    connect: async () => {
      await nodes.connect();
    },
    publish: (channel, message) => nodes.sPublish(channel, message),
    subscribe: (channel, listener) => nodes.sSubscribe(channel, listener),
    eval: (script, options) => nodes.eval(script, options),
    destroy: () => nodes.destroy(),
  };
}

const SENTINEL_PORT = 26379;

const isTls = ({ urls }: RedisConfig): boolean => urls.every((url) => url.startsWith('rediss:'));

function nodeOf(url: string, standardPort: number) {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standardPort : Number(port) };
}

function credentialsOf(url: string) {
  const { username, password } = new URL(url);
  return {
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
  };
}
