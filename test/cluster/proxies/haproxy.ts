import { startProxy } from './proxy-process.js';
import { readExample, replaceParts, withInstances, withPath, type ProxyProgram } from './proxy-program.js';

/** Debian's `haproxy`. */
export const haproxy: ProxyProgram = {
  command: 'haproxy',
  hasIdleBound: true,
  seesClientsGo: false,
  start: async (instances, { below, idleSeconds = 60 } = {}) => {
    const example = withPath(withInstances(await readExample('haproxy.cfg'), instances), below);
    return startProxy((port) => ({
      command: 'haproxy',
      arguments: ['-db', '-f', 'haproxy.cfg'],
      files: {
        'haproxy.cfg': replaceParts(example, [
          ['bind :80', `bind 127.0.0.1:${port}`],
          ['timeout server 60s', `timeout server ${idleSeconds}s`],
          ['timeout client 60s', `timeout client ${idleSeconds}s`],
        ]),
      },
    }));
  },
};
