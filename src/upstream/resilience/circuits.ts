import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { StructuredLog } from '../../platform/logging/structured-log.js';
import { UpstreamMetrics } from '../../platform/metrics/upstream-metrics.js';
import { Readiness } from '../../platform/health/readiness.js';
import type { ChatProvider } from '../chat-provider.port.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import { Circuit } from './circuit.js';

const HASH_CHARACTERS = 8;

/**
 * The circuits of this instance, one for each server. Their states stand in the metrics and in the readiness details, where the server of the
 * settings has its provider's name, and one that a chatflow names a hash behind it: internal addresses are nobody's business there.
 */
@Injectable()
export class Circuits {
  private readonly circuits = new Map<string, { readonly label: string; readonly circuit: Circuit }>();

  constructor(
    private readonly metrics: UpstreamMetrics,
    private readonly log: StructuredLog,
    readiness: Readiness,
  ) {
    readiness.describe('upstreams', () => this.states());
  }

  /** @returns `undefined` for a provider that calls no server */
  of(provider: ChatProvider, target: UpstreamTarget): Circuit | undefined {
    const origin = provider.originOf(target);
    if (origin === undefined) return undefined;
    const key = `${provider.name} ${origin}`;
    let entry = this.circuits.get(key);
    if (entry === undefined) {
      const label = provider.originOf({}) === origin ? provider.name : `${provider.name}#${hashOf(origin)}`;
      entry = { label, circuit: this.open(label, origin) };
      this.circuits.set(key, entry);
    }
    return entry.circuit;
  }

  /** By label. */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.circuits.values()].map(({ label, circuit }) => [label, circuit.state]),
    );
  }

  private open(label: string, origin: string): Circuit {
    this.metrics.circuitChanged(label, 'closed');
    return new Circuit((state) => {
      this.metrics.circuitChanged(label, state);
      const level = state === 'open' ? 'warn' : 'info';
      this.log[level]({ upstream: label, origin, state }, 'The circuit of an upstream has changed');
    });
  }
}

function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, HASH_CHARACTERS);
}
