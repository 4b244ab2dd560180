import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditExport } from '../audit/audit-export.service.js';
import { CUT_DOWNLOAD } from '../audit/cut-download.js';
import { AuditController } from './audit.controller.js';

describe('AuditController', () => {
  const lines = async function* one(): AsyncGenerator<string> {
    yield await Promise.resolve('{}\n');
  };
  const controller = new AuditController({} as never, {} as never, { lines } as unknown as AuditExport);

  it('says that an export was cut off whose client had left before it began', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
      const { port } = server.address() as AddressInfo;
      const request = get({ port, host: '127.0.0.1' }).on('error', () => undefined);
      const [, response] = await asked;
      const left = once(response, 'close');
      request.destroy();
      await left;
      expect(await controller.export({ from: 1 }, response as never)).toBe(CUT_DOWNLOAD);
    } finally {
      server.close();
    }
  });
});
