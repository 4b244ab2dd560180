import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ProviderName } from '../../contract/provider.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UpstreamMetrics } from '../../platform/metrics/upstream-metrics.service.js';
import { Readiness } from '../../platform/health/readiness.service.js';
import type { ChatProvider, ProviderRequest } from '../chat-provider.port.js';
import { Circuit, type CircuitState, type CircuitView, type Gatekeeper } from './circuit.js';
import { FailingFlows } from './failing-flows.js';
import { countsAgainstServerOfFlows } from './failure.policy.js';
import { FlowCircuit } from './flow-circuit.js';

const HASH_CHARACTERS = 8;
/** More chatflows than are asked at a time; the one that was asked longest ago is taken for one that works. */
export const MAX_FLOW_CIRCUITS = 1000;
/** The same of servers, which chatflows may name. */
export const MAX_SERVER_CIRCUITS = 1000;

interface Server {
  readonly provider: ProviderName;
  readonly label: string;
  readonly circuit: Circuit;
  readonly failing: FailingFlows;
}

interface Flow {
  readonly provider: ProviderName;
  readonly label: string;
  readonly chatflowId: string;
  readonly circuit: Circuit;
}

/** One circuit of this instance. */
export interface ListedCircuit extends CircuitView {
  readonly provider: ProviderName;
  /** A name without an address. */
  readonly upstream: string;
  /** Whose it is, for that of one chatflow. */
  readonly chatflowId?: string;
}

/**
 * The circuits of this instance, one for each server, and for servers of flows one for each chatflow besides. Their states stand in the
 * metrics, those of servers in the readiness details too. There the server of the settings has its provider's name, and one that a chatflow
 * names a hash behind it: internal addresses are nobody's business.
 */
@Injectable()
export class Circuits {
  private readonly servers: LRUCache<string, Server>;
  private readonly flows: LRUCache<string, Flow>;

  constructor(
    private readonly metrics: UpstreamMetrics,
    private readonly log: StructuredLog,
    readiness: Readiness,
  ) {
    this.servers = new LRUCache<string, Server>({
      max: MAX_SERVER_CIRCUITS,
      dispose: ({ label }) => metrics.circuitForgotten(label),
    });
    this.flows = new LRUCache<string, Flow>({
      max: MAX_FLOW_CIRCUITS,
      dispose: ({ label, chatflowId }) => metrics.flowCircuitForgotten(label, chatflowId),
    });
    readiness.describe('upstreams', () => this.states());
  }

  /** @returns `undefined` for a provider that calls no server */
  of(provider: ChatProvider, { target, chatflowId }: ProviderRequest): Gatekeeper | undefined {
    const origin = provider.originOf(target);
    if (origin === undefined) return undefined;
    const key = `${provider.name} ${origin}`;
    const server = this.servers.get(key) ?? this.addServer(key, provider, origin);
    if (!provider.breaksByFlow) return server.circuit;
    const flowKey = `${key} ${chatflowId}`;
    const flow = this.flows.get(flowKey) ?? this.addFlow(flowKey, server, chatflowId);
    return new FlowCircuit(server.circuit, flow.circuit, server.failing, chatflowId);
  }

  /** Of servers, by label. */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.servers.values()].map(({ label, circuit }) => [label, circuit.state]));
  }

  /** Those of servers that were asked, and those of chatflows that have failed last; in the order of their names. */
  list(): readonly ListedCircuit[] {
    const servers = [...this.servers.values()].map(({ provider, label, circuit }) => ({
      provider,
      upstream: label,
      ...circuit.view,
    }));
    const flows = [...this.flows.values()]
      .filter(({ circuit: { view } }) => view.state !== 'closed' || view.failures > 0)
      .map(({ provider, label, chatflowId, circuit }) => ({
        provider,
        upstream: label,
        chatflowId,
        ...circuit.view,
      }));
    const nameOf = ({ upstream, chatflowId = '' }: ListedCircuit) => `${upstream} ${chatflowId}`;
    return [...servers, ...flows].sort((a: ListedCircuit, b: ListedCircuit) =>
      nameOf(a) < nameOf(b) ? -1 : 1,
    );
  }

  private addServer(key: string, provider: ChatProvider, origin: string): Server {
    const { name, breaksByFlow } = provider;
    const label = provider.originOf({}) === origin ? name : `${name}#${hashOf(origin)}`;
    const circuit = new Circuit({
      onChange: (state) => {
        if (this.servers.peek(key)?.circuit === circuit) this.metrics.circuitChanged(label, state);
        this.tell(state, { upstream: label, origin });
      },
      ...(breaksByFlow ? { counts: countsAgainstServerOfFlows } : {}),
    });
    const server = { provider: name, label, circuit, failing: new FailingFlows() };
    this.servers.set(key, server);
    this.metrics.circuitChanged(label, 'closed');
    return server;
  }

  private addFlow(key: string, { provider, label }: Server, chatflowId: string): Flow {
    const circuit = new Circuit({
      onChange: (state) => {
        // One that was forgotten may still be in use by its last calls.
        if (this.flows.peek(key)?.circuit === circuit)
          this.metrics.flowCircuitChanged(label, chatflowId, state);
        this.tell(state, { upstream: label, chatflowId });
      },
    });
    const flow = { provider, label, chatflowId, circuit };
    this.flows.set(key, flow);
    return flow;
  }

  private tell(state: CircuitState, whose: object): void {
    const level = state === 'open' ? 'warn' : 'info';
    this.log[level]({ ...whose, state }, 'The circuit of an upstream has changed');
  }
}

function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, HASH_CHARACTERS);
}
