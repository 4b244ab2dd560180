import type { mongo } from 'mongoose';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DatabaseSilence } from '../waits/database-silence.js';
import { OrderedWriter, type OrderedResult } from './ordered-writer.port.js';
import { writeModels } from './planned-writes.js';

/**
 * Answers of servers that have no `bulkWrite`; each comes before anything is written. MongoDB up to 6.0 knows no such command (59), 7.0 has a draft of it behind a
 * flag and refuses a field of the final one while parsing (40415, "BSON field 'bulkWrite.errorsOnly' is an unknown field."), 8.0 refuses it (115) as long as its
 * feature compatibility version is older. Databases that only resemble MongoDB say 59, 115 or 303, hosted ones that do not allow it 8000.
 * @see https://github.com/mongodb/mongo-rust-driver/pull/1117
 */
const NOT_THERE: readonly unknown[] = [59, 115, 303, 8000, 40415];

/** Over MongoDB's driver. */
export class DriverOrderedWriter extends OrderedWriter {
  /** Whether the server was not found to have no `bulkWrite`. */
  private supported = true;

  constructor(
    private readonly client: Pick<mongo.MongoClient, 'bulkWrite'>,
    private readonly silence = new DatabaseSilence(),
  ) {
    super();
  }

  async write(writes: readonly PlannedWrite[], patient = false): Promise<OrderedResult> {
    if (!this.supported) return { kind: 'unsupported' };
    try {
      const { matchedCount, upsertedCount } = await this.silence.await(
        this.client.bulkWrite(writeModels(writes)),
        patient,
      );
      return { kind: 'done', matched: matchedCount, upserted: upsertedCount };
    } catch (error) {
      const refused = refusalIn(error);
      if (refused !== undefined) return refused;
      if (!NOT_THERE.includes(codeOf((error as { cause?: unknown }).cause ?? error))) throw error;
      this.supported = false;
      return { kind: 'unsupported' };
    }
  }
}

function refusalIn(error: unknown): OrderedResult | undefined {
  const { writeErrors } = error as { writeErrors?: ReadonlyMap<number, { code: number }> };
  if (!(writeErrors instanceof Map)) return undefined;
  const [first] = writeErrors as ReadonlyMap<number, { code: number }>;
  return first === undefined ? undefined : { kind: 'refused', index: first[0], code: first[1].code };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
