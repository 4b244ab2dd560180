import { createServer, connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { cpuMsOf } from '../../../../test/support/cpu-time.js';
import { connectionKey, unansweredReader } from './tcp-table.js';

// Recorded on Linux 6.18: a server on 0.0.0.0:8123, clients that fell silent half a minute before, one that does not read, one at rest.
const TCP = `\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   1: 00000000:1FBB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1083575 1 00000000f904b040 100 0 0 10 0                   
   2: 01004D0A:1FBB 02004D0A:A44C 01 000000AF:00000000 01:0000072E 00000007     0        0 1084577 2 0000000000c38bb0 2611 4 31 1 -1                 
   3: 05004D0A:1FBB 06004D0A:C7D0 01 000000AF:00000000 01:000000FB 0000000F     0        0 1083592 2 00000000cb6383e9 326 4 31 1 -1                  
   4: 0100007F:A334 0100007F:1FBB 01 00000000:0001F400 00:00000000 00000000     0        0 1084574 1 00000000e94f8851 20 8 0 11 -1                   
   5: 0100007F:1FBB 0100007F:A334 01 0039DC00:00000000 04:0000038B 00000000     0        0 1084575 2 00000000102cd634 20 4 31 15 -1                  
   6: 0100007F:1FBB 0100007F:A336 06 00000000:00000000 03:00000176 00000000     0        0 0 3 0000000000000000                                      
   7: 0100007F:1FBB 0100007F:A338 03 00000000:00000000 01:00000062 00000001     0        0 0 1 0000000000000000                                      
12345: 0100007F:0BB8 0100007F:A33A 01 000000AF:00000000 01:0000072E 00000007     0        0 1084577 2 0000000000c38bb0 2611 4 31 1 -1                 
`;
const TCP6 = `\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1FBB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1083576 1 000000003578994d 100 0 0 10 0
   1: 0000000000000000FFFF000005004D0A:1FBB 0000000000000000FFFF000006004D0A:ECE4 01 00008500:00000000 04:00000547 00000000     0        3 1083601 2 000000000b373471 20 4 31 13 -1
   2: 000000FD000000000000000002000000:1FBB 000000FD000000000000000001000000:ECE6 01 00000005:00000000 01:00000039 00000002     0        0 1083592 2 00000000cb6383e9 81 4 31 1 -1
`;

describe('the table of TCP connections', () => {
  it('shows whose bytes are sent again, and leaves out the rest: at rest, slow but alive, of other ports, not or no longer open', () => {
    expect(unansweredReader(8123)(TCP)).toEqual([
      {
        key: '10.77.0.1|8123 10.77.0.2|42060',
        repeats: 'data',
        attempts: 7,
        remainingMs: 18_380,
        timeoutMs: 26_110,
      },
      {
        key: '10.77.0.5|8123 10.77.0.6|51152',
        repeats: 'data',
        attempts: 15,
        remainingMs: 2510,
        timeoutMs: 3260,
      },
    ]);
  });

  it('shows who answers no question for a window, and addresses of IPv6', () => {
    expect(unansweredReader(8123)(TCP6)).toEqual([
      {
        key: '10.77.0.5|8123 10.77.0.6|60644',
        repeats: 'window-probe',
        attempts: 3,
        remainingMs: 13_510,
        timeoutMs: 200,
      },
      { key: 'fd00::2|8123 fd00::1|60646', repeats: 'data', attempts: 2, remainingMs: 570, timeoutMs: 810 },
    ]);
  });

  it('is read quickly when thousands are open', async () => {
    const row = TCP.split('\n')[5] ?? '';
    const lines = `${row}\n`.repeat(10_000);
    const read = unansweredReader(8123);
    expect(read(lines)).toEqual([]);
    // Some milliseconds; a pattern that backtracks would take many times this bound.
    expect(await cpuMsOf(() => read(lines))).toBeLessThan(500);
  });
});

describe('connectionKey', () => {
  it('names a connection of IPv4 alike, whatever kind of socket carries it', () => {
    const ends = { localAddress: '10.0.0.1', localPort: 80, remoteAddress: '10.0.0.2', remotePort: 5 };
    const mapped = { ...ends, localAddress: '::ffff:10.0.0.1', remoteAddress: '::ffff:10.0.0.2' };
    expect(connectionKey(mapped)).toBe(connectionKey(ends));
    expect(connectionKey({ ...ends, remoteAddress: 'fe80::1%eth0' })).toBe('10.0.0.1|80 fe80::1|5');
  });

  it.each(['127.0.0.1', '::1'])('is that of a socket as Node knows it, at %s', async (host) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, host);
    const [socket] = (await once(server, 'connection')) as [Parameters<typeof connectionKey>[0]];
    try {
      const ours = port.toString(16).toUpperCase().padStart(4, '0');
      const theirs = (socket.remotePort ?? 0).toString(16).toUpperCase().padStart(4, '0');
      const hex = host === '::1' ? '00000000000000000000000001000000' : '0100007F';
      const line = `   2: ${hex}:${ours} ${hex}:${theirs} 01 00000005:00000000 01:00000039 00000002     0        0 1 2 0 81 4 31 1 -1\n`;
      expect(unansweredReader(port)(line)).toMatchObject([{ key: connectionKey(socket) }]);
    } finally {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
