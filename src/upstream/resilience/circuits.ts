import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UpstreamMetrics } from '../../platform/metrics/upstream-metrics.service.js';
import { Readiness } from '../../platform/health/readiness.service.js';
import type { ChatProvider, ProviderRequest } from '../chat-provider.port.js';
import { Circuit, type CircuitState, type Gatekeeper } from './circuit.js';
import { countsAgainstServerOfFlows } from './failure.policy.js';
import { FlowCircuit } from './flow-circuit.js';

const HASH_CHARACTERS = 8;
/** More chatflows than are asked at a time; the one that was asked longest ago is taken for one that works. */
const MAX_FLOWS = 1000;

/**
 * The circuits of this instance, one for each server, and for servers of flows one for each chatflow besides. Their states stand in the metrics and in the readiness details, where the server of the
 * settings has its provider's name, and one that a chatflow names a hash behind it: internal addresses are nobody's business there. Those of
 * chatflows stand in the log only.
 */
@Injectable()
export class Circuits {
  private readonly circuits = new Map<string, { readonly label: string; readonly circuit: Circuit }>();
  private readonly flows = new LRUCache<string, Circuit>({ max: MAX_FLOWS });

  constructor(
    private readonly metrics: UpstreamMetrics,
    private readonly log: StructuredLog,
    readiness: Readiness,
  ) {
    readiness.describe('upstreams', () => this.states());
  }

  /** @returns `undefined` for a provider that calls no server */
  of(provider: ChatProvider, { target, chatflowId }: ProviderRequest): Gatekeeper | undefined {
    const origin = provider.originOf(target);
    if (origin === undefined) return undefined;
    const key = `${provider.name} ${origin}`;
    let entry = this.circuits.get(key);
    if (entry === undefined) {
      const label = provider.originOf({}) === origin ? provider.name : `${provider.name}#${hashOf(origin)}`;
      entry = { label, circuit: this.open(label, origin, provider.breaksByFlow) };
      this.circuits.set(key, entry);
    }
    if (!provider.breaksByFlow) return entry.circuit;
    return new FlowCircuit(entry.circuit, this.ofFlow(`${key} ${chatflowId}`, entry.label, chatflowId));
  }

  /** By label. */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.circuits.values()].map(({ label, circuit }) => [label, circuit.state]),
    );
  }

  private open(label: string, origin: string, breaksByFlow: boolean): Circuit {
    this.metrics.circuitChanged(label, 'closed');
    const onChange = (state: CircuitState) => {
      this.metrics.circuitChanged(label, state);
      this.tell(state, { upstream: label, origin });
    };
    return new Circuit(onChange, undefined, breaksByFlow ? countsAgainstServerOfFlows : undefined);
  }

  private ofFlow(key: string, upstream: string, chatflowId: string): Circuit {
    const known = this.flows.get(key);
    if (known !== undefined) return known;
    const circuit = new Circuit((state) => this.tell(state, { upstream, chatflowId }));
    this.flows.set(key, circuit);
    return circuit;
  }

  private tell(state: CircuitState, whose: object): void {
    const level = state === 'open' ? 'warn' : 'info';
    this.log[level]({ ...whose, state }, 'The circuit of an upstream has changed');
  }
}

function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, HASH_CHARACTERS);
}
