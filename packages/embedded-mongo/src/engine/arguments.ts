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
    options: readonly string[],
  ) {
    for (const name of fields.keys())
      if (!options.includes(name)) throw unsupported(`the option '${name}' of ${what}`);
  }

  value(name: string): Value | undefined {
    return this.fields.get(name);
  }

  string(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.wrongType(name, 'a string');
    return value;
  }

  /** @param absent what stands for it when it is not there: an empty one, or what is none and refused */
  document(name: string, absent: Value = new Map<string, Value>()): Document {
    const value = this.value(name) ?? absent;
    if (isDocument(value)) return value;
    throw this.wrongType(name, 'an object');
  }

  /** Empty when it is not there. */
  array(name: string): Value[] {
    const value = this.value(name) ?? [];
    if (isArray(value)) return value;
    throw this.wrongType(name, 'an array');
  }

  /** Of an array; empty when it is not there. */
  documents(name: string): Document[] {
    return this.array(name).map((each) => {
      if (isDocument(each)) return each;
      throw this.wrongType(name, 'an array of objects');
    });
  }

  flag(name: string, fallback = false): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== 'boolean' && !isNumber(value)) throw this.wrongType(name, 'a boolean');
    return isTruthy(value);
  }

  /** A whole number that is not negative. */
  count(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const integer = integerOf(value);
    if (integer === undefined || integer < 0) throw this.wrongType(name, 'a whole number, not negative');
    return integer;
  }

  /** The batch size that the option `cursor` asks for. */
  cursorBatchSize(): number | undefined {
    return new Arguments(this.document('cursor'), `${this.what}.cursor`, ['batchSize']).count('batchSize');
  }

  private wrongType(name: string, expected: string): CommandError {
    return new CommandError('TypeMismatch', `The field '${name}' of ${this.what} must be ${expected}`);
  }
}
