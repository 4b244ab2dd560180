import type { PlannedWrite } from '../../platform/planned-write.js';
import type { Tracing } from '../../platform/tracing/tracing.port.js';
import { OrderedWriter, type OrderedResult } from '../ordered-writes/ordered-writer.port.js';

const OPTIONS = {
  kind: 'client',
  attributes: { 'db.system.name': 'mongodb', 'db.operation.name': 'bulkWrite' },
} as const;

/** Spans of writes that go past the driver, whose own commands `CommandSpans` tells. */
export class TracedOrderedWriter extends OrderedWriter {
  constructor(
    private readonly writer: OrderedWriter,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  write(writes: readonly PlannedWrite[], patient?: boolean): Promise<OrderedResult> {
    return this.tracing.within(
      'bulkWrite',
      () => OPTIONS,
      () => this.writer.write(writes, patient),
    );
  }
}
