import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection, mongo } from 'mongoose';
import { Tracing, type Span } from '../../platform/tracing/tracing.port.js';

/** Commands under way in traces; what is beyond has no span. Each takes a connection of the pool. */
const MAX_SPANS = 1000;

/**
 * A span for each command that the driver sends within one that records: the command's name and its collection, never its filter or its documents. What runs by
 * itself, as renewals of leases do, belongs to no trace and has none.
 */
@Injectable()
export class CommandSpans implements OnModuleInit {
  private readonly open = new Map<number, Span>();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly tracing: Tracing,
  ) {}

  onModuleInit(): void {
    if (!this.tracing.isOn) return;
    const client = this.connection.getClient();
    client.on('commandStarted', (event) => this.begin(event));
    client.on('commandSucceeded', ({ requestId }) => this.end(requestId));
    client.on('commandFailed', ({ requestId, failure }) => this.end(requestId, failure));
  }

  private begin({ requestId, commandName, databaseName, command, address }: mongo.CommandStartedEvent): void {
    if (!this.tracing.isActive || this.open.size >= MAX_SPANS) return;
    const target: unknown = command[commandName];
    const collection = typeof target === 'string' ? target : undefined;
    const [host, port] = addressOf(address);
    this.open.set(
      requestId,
      this.tracing.begin(collection === undefined ? commandName : `${commandName} ${collection}`, {
        kind: 'client',
        attributes: {
          'db.system.name': 'mongodb',
          'db.namespace': databaseName,
          'db.operation.name': commandName,
          'db.collection.name': collection,
          'server.address': host,
          'server.port': port,
        },
      }),
    );
  }

  private end(requestId: number, failure?: Error): void {
    const span = this.open.get(requestId);
    if (span === undefined) return;
    this.open.delete(requestId);
    if (failure !== undefined) span.fail(failure);
    span.end();
  }
}

/** The embedded database's is a file, whose path is nobody's business. */
function addressOf(address: string): [string?, number?] {
  const [, host, port] = /^([^/]+):(\d+)$/.exec(address) ?? [];
  return [host, port === undefined ? undefined : Number(port)];
}
