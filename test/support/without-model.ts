import { PROBES_COLLECTION } from '../../src/persistence/indexes/probe-operations.js';
import { INSTANCES_COLLECTION } from '../../src/persistence/instances/instance-records.js';
import { SCHEMA_COLLECTION } from '../../src/persistence/migrations/schema-record.js';

/** The product's collections that it reaches without mongoose's models; the probes' is there where the database is not embedded. */
export const COLLECTIONS_WITHOUT_MODEL: readonly string[] = [
  INSTANCES_COLLECTION,
  PROBES_COLLECTION,
  SCHEMA_COLLECTION,
];
