import { typeName } from '../bson/types.js';
import { integerOf, isTruthy } from '../bson/numbers.js';
import { isArray, isDocument, isNumber, type Document, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';

/** Typed reading of a command's fields, or of a statement's. */
export class Arguments {
  /**
   * @param what for error texts
   * @param options those that are understood @throws CommandError 115 for any other, so that none is ever silently ignored
   */
  constructor(
    private readonly fields: Document,
    private readonly what: string,
    options: ReadonlySet<string>,
  ) {
    for (const name of fields.keys())
      if (!options.has(name)) throw unsupported(`the option '${name}' of ${what}`);
  }

  value(name: string): Value | undefined {
    return this.fields.get(name);
  }

  string(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.wrongType(name, value, 'string');
    return value;
  }

  /** Empty when it is not there. */
  document(name: string): Document {
    const value = this.value(name);
    if (value === undefined) return new Map();
    if (isDocument(value)) return value;
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
    if (value === undefined) return undefined;
    const integer = integerOf(value);
    if (integer === undefined) throw this.wrongType(name, value, 'long');
    if (integer < 0)
      throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${integer}'`);
    return integer;
  }

  /** The batch size that the option `cursor` asks for. */
  cursorBatchSize(): number | undefined {
    return new Arguments(this.document('cursor'), `${this.what}.cursor`, CURSOR_OPTIONS).count('batchSize');
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

const CURSOR_OPTIONS: ReadonlySet<string> = new Set(['batchSize']);
