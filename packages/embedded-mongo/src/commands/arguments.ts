import { compareValues } from '../bson/compare.js';
import { integerOf, isTruthy } from '../bson/numbers.js';
import { int32, isDocument, isNumber, type Document, type Value, isArray } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { typeName } from '../engine/filter/tests.js';

/** Fields any command may carry and that change nothing here: one node, everything it acknowledges is durable. */
const COMMON = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'comment',
  'apiStrict',
  'apiDeprecationErrors',
  '$configServerState',
]);

/**
 * Typed reading of a command's fields. Every field must be asked for: `finish` refuses what is left,
 * so that no option is ever silently ignored.
 */
export class Arguments {
  private readonly unread: Set<string>;

  constructor(
    private readonly fields: Document,
    private readonly what: string,
  ) {
    this.unread = new Set([...fields.keys()].filter((name) => !COMMON.has(name)));
  }

  value(name: string): Value | undefined {
    this.unread.delete(name);
    return this.fields.get(name);
  }

  string(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.wrongType(name, value, 'string');
    return value;
  }

  document(name: string): Document | undefined {
    const value = this.value(name);
    if (value === undefined || isDocument(value)) return value;
    throw this.wrongType(name, value, 'object');
  }

  array(name: string): Value[] | undefined {
    const value = this.value(name);
    if (value === undefined || isArray(value)) return value;
    throw this.wrongType(name, value, 'array');
  }

  flag(name: string, fallback = false): boolean {
    const value = this.value(name);
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean' && !isNumber(value)) throw this.wrongType(name, value, 'bool');
    return isTruthy(value);
  }

  /** A whole number that is not negative. */
  count(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined || value === null) return undefined;
    const integer = integerOf(value);
    if (integer === undefined) throw this.wrongType(name, value, 'long');
    if (integer < 0)
      throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${integer}'`);
    return integer;
  }

  /** Options that may be given as long as they ask for nothing. */
  refuseUnlessFalsy(...names: string[]): void {
    for (const name of names) {
      const value = this.value(name);
      const empty = isDocument(value) && value.size === 0;
      if (isTruthy(value) && !empty) throw unsupported(`the option '${name}' of ${this.what}`);
    }
  }

  /** Options whose effect cannot be seen on one node. */
  ignore(...names: string[]): void {
    for (const name of names) this.unread.delete(name);
  }

  /** Only binary comparison is there, which MongoDB calls the simple collation. */
  simpleCollation(): void {
    const collation = this.document('collation');
    if (collation && collation.size > 0 && !(collation.size === 1 && collation.get('locale') === 'simple'))
      throw unsupported('collation');
  }

  /** Every write is durable on the one node there is: w: 0, 1 and majority hold, more nodes do not exist. */
  writeConcern(): void {
    const concern = this.document('writeConcern');
    const w = concern?.get('w');
    if (w === undefined || w === 'majority') return;
    if (!isNumber(w) || compareValues(w, int32(1)) > 0 || compareValues(w, int32(0)) < 0)
      throw unsupported('this write concern');
  }

  readConcern(): void {
    const level = this.document('readConcern')?.get('level');
    if (level !== undefined && level !== 'local' && level !== 'available' && level !== 'majority')
      throw unsupported('this read concern');
  }

  /** @throws CommandError 115 for the first field nobody asked for */
  finish(): void {
    const version = this.value('apiVersion');
    if (version !== undefined && version !== '1') throw unsupported(`apiVersion`);
    for (const name of this.unread) throw unsupported(`the option '${name}' of ${this.what}`);
  }

  private wrongType(name: string, value: Value | undefined, expected: string): CommandError {
    if (value === undefined)
      return new CommandError(40414, `BSON field '${this.what}.${name}' is missing but a required field`);
    return new CommandError(
      'TypeMismatch',
      `BSON field '${this.what}.${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
    );
  }
}
