import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createLog } from '../../logging/create-log.js';
import { HalfOpenPeers } from './half-open-peers.service.js';
import { readTcpTables } from './read-tcp-tables.js';

const hex = (port = 0): string => port.toString(16).toUpperCase().padStart(4, '0');

/** A row of a connection whose bytes were sent again `attempts` times, the last time 5 s ago. */
const row = (socket: Socket, attempts: number): string =>
  `   2: 0100007F:${hex(socket.localPort)} 0100007F:${hex(socket.remotePort)} 01 000000AF:00000000 01:00000835 ` +
  `${hex(attempts).padStart(8, '0')}     0        0 1084577 2 0000000000c38bb0 2600 4 31 1 -1   \n`;

describe('HalfOpenPeers', () => {
  let server: Server;
  let lines: string[];
  let logged: string;
  let peers: HalfOpenPeers;
  let clients: Socket[];

  beforeEach(async () => {
    lines = [];
    logged = '';
    clients = [];
    server = createServer((socket) => socket.resume());
    const log = createLog({ level: 'debug' }, { write: (line: string) => (logged += line) });
    peers = new HalfOpenPeers(log, async function* () {
      yield* lines;
    });
    peers.watch(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  async function connection(): Promise<Socket> {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    return ((await once(server, 'connection')) as [Socket])[0];
  }

  it('drops the connection whose peer is gone, and no other', async () => {
    const gone = await connection();
    const here = await connection();
    lines = ['a heading\n', row(gone, 7), row(here, 1)];
    const closed = once(gone, 'close');
    await peers.look();
    await closed;
    expect(here.destroyed).toBe(false);
    expect(logged.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(logged)).toMatchObject({ remotePort: gone.remotePort, attempts: 7, repeats: 'data' });
  });

  it('does nothing when the table cannot be read', async () => {
    const socket = await connection();
    const blind = new HalfOpenPeers(createLog({ level: 'silent' }), () => readTcpTables(['/nowhere/tcp']));
    blind.watch(server);
    await expect(blind.look()).resolves.toBeUndefined();
    expect(socket.destroyed).toBe(false);
  });

  it('leaves no listener on a closed server', async () => {
    const listening = server.listenerCount('connection');
    await new Promise((resolve) => server.close(resolve));
    expect(server.listenerCount('connection')).toBe(listening - 1);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('finds every connection in the table of the system', async () => {
    const socket = await connection();
    let table = '';
    for await (const some of readTcpTables()) {
      expect(some.endsWith('\n')).toBe(true);
      table += some;
    }
    expect(table).toContain(`0100007F:${hex(socket.localPort)} 0100007F:${hex(socket.remotePort)} 01`);
  });
});
