import type { PlannedWrite } from '../../platform/planned-write.js';
import type { Tracing } from '../../platform/tracing/tracing.port.js';
import { OrderedWriter, type OrderedResult } from '../ordered-writes/ordered-writer.port.js';

const ATTRIBUTES = { 'db.system.name': 'mongodb', 'db.operation.name': 'bulkWrite' } as const;

/**
 * Tells of writes that go past the driver, whose own commands `CommandSpans` tells. They have no spans of their own: they are the one thing that is waited for in
 * the span they are made in, and the database is in this process.
 */
export class TracedOrderedWriter extends OrderedWriter {
  constructor(
    private readonly writer: OrderedWriter,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  write(writes: readonly PlannedWrite[], patient?: boolean): Promise<OrderedResult> {
    this.tracing.current.note(ATTRIBUTES);
    return this.writer.write(writes, patient);
  }
}
