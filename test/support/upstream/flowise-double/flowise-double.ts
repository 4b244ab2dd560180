import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FlowiseBehaviour } from '../flowise-behaviours.js';
import type { DoubleFlow, MemoryEntry } from './flow.js';
import { FlowRunner } from './flow-runner.js';
import type { RecordedAbort, RecordedDeletion, RecordedPrediction } from './recorded.js';
import { FlowiseRoutes } from './routes.js';
import type { StoredMessage } from './chat-messages.js';
import type { DoubleRun } from './run.js';

/**
 * A Flowise 3.1 server with its state: flows that run to their end whoever leaves, and remember; one response for each chat id; an
 * abort endpoint that always says yes. Its rules are those of Flowise's source, its frames those of recorded answers.
 */
export interface FlowiseDouble {
  readonly url: string;
  /** What listing and deleting messages needs, and flows that require a key. */
  readonly apiKey: string;
  /** The last predictions that the server was asked for, oldest first. */
  readonly requests: readonly RecordedPrediction[];
  readonly aborts: readonly RecordedAbort[];
  /** Calls that carried the key. */
  readonly deletions: readonly RecordedDeletion[];
  /** Every run that a prediction has begun. */
  readonly runs: readonly DoubleRun[];
  /** What this id means from now on; an id without a flow is unknown to the server. */
  defineFlow(flowId: string, flow: DoubleFlow): void;
  /** The prediction with this index (from 0), as soon as it has come. */
  request(index: number): Promise<RecordedPrediction>;
  /** What the flow would be told of this session now. */
  memoryOf(flowId: string, sessionId: string): readonly MemoryEntry[];
  /** All that it remembers of the flow, whatever the session. */
  remembered(flowId: string): readonly StoredMessage[];
  /** How the abort endpoint answers from now on, without doing anything; unset: as Flowise does. */
  respondToAbortWith(behaviour?: FlowiseBehaviour): void;
  /** How deleting is answered from now on, without doing anything; unset: as Flowise does. */
  respondToDeleteWith(behaviour?: FlowiseBehaviour): void;
  /** Writes a heartbeat to everybody who listens. */
  heartbeat(): void;
  /** When no run is left. A prediction that has not come yet is none. */
  whenIdle(): Promise<void>;
  /** Ends all runs, which then remember nothing, and all connections. */
  close(): Promise<void>;
}

/** Starts a server without flows on a free port. @param host the address that it listens on; the loopback by default */
export async function startFlowiseDouble(host = '127.0.0.1'): Promise<FlowiseDouble> {
  const runner = new FlowRunner();
  const routes = new FlowiseRoutes(runner);
  const server = createServer((request, response) => {
    routes.handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { requests, aborts, deletions, flows, apiKey } = routes;
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    apiKey,
    requests,
    aborts,
    deletions,
    runs: runner.runs,
    defineFlow: (flowId, flow) => void flows.set(flowId, flow),
    request: (index) => routes.request(index),
    memoryOf: (flowId, sessionId) => runner.messages.memoryOf(flowId, sessionId),
    remembered: (flowId) => runner.messages.list(flowId, {}),
    respondToAbortWith: (behaviour) => void (routes.abortBehaviour = behaviour),
    respondToDeleteWith: (behaviour) => void (routes.deleteBehaviour = behaviour),
    heartbeat: () => {
      runner.clients.heartbeat();
    },
    whenIdle: () => runner.whenIdle(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await runner.close();
      await closed;
    },
  };
}
