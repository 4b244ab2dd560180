import { SocketAddress } from 'node:net';

/** A connection to whose last bytes or questions the peer has not answered. */
export interface UnansweredConnection {
  /** As {@link connectionKey} writes it. */
  readonly key: string;
  /**
   * What is sent again and again: bytes that were not acknowledged, or the question whether the peer's full window has opened.
   * A slow but living reader answers each of these questions, so it is never unanswered.
   */
  readonly repeats: 'data' | 'window-probe';
  /** How often it was sent again since the peer's last sign of life; at least 1. */
  readonly attempts: number;
  /** Until it is sent again, milliseconds. */
  readonly remainingMs: number;
  /** How long the kernel waits for an acknowledgement at present, milliseconds; it doubles with most attempts. */
  readonly timeoutMs: number;
}

/** One end of a connection as the other sees it. */
export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The unit of the table's times: a hundredth of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/**
 * Finds unanswered connections in the text of Linux's `/proc/net/tcp` and `/proc/net/tcp6`.
 * @param port our side's; connections of other ports are skipped
 * @returns reads whole lines of the table, of either kind
 */
export function unansweredReader(port: number): (lines: string) => UnansweredConnection[] {
  const ours = port.toString(16).toUpperCase().padStart(4, '0');
  // Column by column: ours, the peer, state, both queues, timer (1: sends data again, 4: asks for a window), the time left on it,
  // retransmissions, user, window probes without answer, inode, references, address in memory, retransmission timeout.
  const line = new RegExp(
    `^ *\\d+: ([0-9A-F]+):${ours} ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8} ` +
      '0([14]):([0-9A-F]+) ([0-9A-F]+) +\\d+ +(\\d+) +\\d+ +\\d+ +\\S+ +(\\d+) ',
    'gm',
  );
  return (lines) => {
    const found: UnansweredConnection[] = [];
    for (const [
      ,
      local = '',
      remote = '',
      remotePort = '',
      timer,
      left = '',
      resent = '',
      probes,
      timeout,
    ] of lines.matchAll(line)) {
      const attempts = timer === '1' ? parseInt(resent, 16) : Number(probes);
      if (attempts === 0) continue;
      found.push({
        key: connectionKey({
          localAddress: addressOf(local),
          localPort: port,
          remoteAddress: addressOf(remote),
          remotePort: parseInt(remotePort, 16),
        }),
        repeats: timer === '1' ? 'data' : 'window-probe',
        attempts,
        remainingMs: parseInt(left, 16) * TICK_MS,
        timeoutMs: Number(timeout) * TICK_MS,
      });
    }
    return found;
  };
}

/** Names a connection by both ends. IPv4 addresses are the same whether a socket of IPv6 carries them or not. */
export function connectionKey(ends: ConnectionEnds): string {
  return `${plain(ends.localAddress)}|${ends.localPort} ${plain(ends.remoteAddress)}|${ends.remotePort}`;
}

function plain(address = ''): string {
  const [withoutZone = ''] = address.split('%', 1);
  return withoutZone.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The table shows the address's 32-bit words as little-endian machines keep them. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  // As Node writes it: zeros compressed.
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
