import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const MARK = 'TOLLGATE_BENCH_OWN_NETWORK';
const RECEIVE_BUFFERS = '/proc/sys/net/ipv4/tcp_rmem';
const SEND_BUFFERS = '/proc/sys/net/ipv4/tcp_wmem';
/** As on Ethernet: with the loopback's packets of 64 kB every connection's buffers grow to megabytes at once. */
const PACKET_BYTES = 1500;
const LOOPBACK_PACKET_BYTES = 65_536;
/** What a connection with a slow line comes to; the system's limit (4 MB mostly) is for fast lines that are long. */
export const SEND_BUFFER = 131_072;
/** Whoever is not root becomes root of a user namespace, where the system allows it. */
const UNSHARE = [...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--net'];
const PREPARE = `ip link set lo mtu ${PACKET_BYTES} up`;

/**
 * Runs the calling script again in a network of its own, a namespace with nothing but a loopback, where buffer sizes may be
 * set without touching the machine's. Returns there, or here when that cannot be.
 * @param sendBuffer the most that a socket may keep for sending, in bytes; else the system's limit
 * @returns why there is no network of its own; `undefined` when there is
 */
export function enterOwnNetwork({ sendBuffer } = {}) {
  if (process.env[MARK] !== undefined) return undefined;
  const prepare =
    sendBuffer === undefined ? PREPARE : `${PREPARE} && echo 4096 16384 ${sendBuffer} > ${SEND_BUFFERS}`;
  const attempt = spawnSync('unshare', [...UNSHARE, 'sh', '-c', prepare], { encoding: 'utf8' });
  if (attempt.status !== 0) return (attempt.error?.message ?? attempt.stderr).trim().split('\n')[0];
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync(
    'unshare',
    [...UNSHARE, 'sh', '-c', `${prepare} && exec "$0" "$@"`, ...again],
    {
      stdio: 'inherit',
      // A new network has the sizes of the machine's.
      env: { ...process.env, [MARK]: readFileSync(SEND_BUFFERS, 'utf8') },
    },
  );
  process.exit(status ?? 1);
}

/** While `work` runs, packets and send buffers may be as large as on the machine's loopback; only in a network of its own. */
export async function withFullSizes(work) {
  const small = readFileSync(SEND_BUFFERS, 'utf8');
  setPacketBytes(LOOPBACK_PACKET_BYTES);
  writeFileSync(SEND_BUFFERS, process.env[MARK]);
  try {
    return await work();
  } finally {
    writeFileSync(SEND_BUFFERS, small);
    setPacketBytes(PACKET_BYTES);
  }
}

function setPacketBytes(bytes) {
  spawnSync('ip', ['link', 'set', 'lo', 'mtu', String(bytes)], { stdio: 'inherit' });
}

/** Sockets that are made while `work` runs take no more than this before their owner reads; only in a network of its own. */
export async function withReceiveBuffers(bytes, work) {
  if (bytes === undefined) return work();
  const before = readFileSync(RECEIVE_BUFFERS, 'utf8');
  writeFileSync(RECEIVE_BUFFERS, `4096 ${bytes} ${bytes}`);
  try {
    return await work();
  } finally {
    writeFileSync(RECEIVE_BUFFERS, before);
  }
}

/**
 * What waits in the kernel on the way to each client.
 * @param ports the clients' @returns by client port: bytes not yet acknowledged in the server's socket, and not yet read in the client's
 */
export function bytesInKernel(serverPort, ports) {
  const waiting = new Map(ports.map((port) => [port, { unsent: 0, unread: 0 }]));
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    if (queues === undefined) continue;
    const [from, to] = [local, remote].map((address) => parseInt(address.split(':')[1], 16));
    const [unsent, unread] = queues.split(':').map((bytes) => parseInt(bytes, 16));
    if (from === serverPort && waiting.has(to)) waiting.get(to).unsent = unsent;
    else if (to === serverPort && waiting.has(from)) waiting.get(from).unread = unread;
  }
  return waiting;
}
