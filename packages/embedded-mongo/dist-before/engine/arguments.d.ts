import { type Document, type Value } from '../bson/values.js';
/** Typed reading of a command's fields, or of a statement's. */
export declare class Arguments {
    private readonly fields;
    private readonly what;
    /**
     * @param what for error texts
     * @param options those that are understood @throws CommandError 115 for any other, so that none is ever silently ignored
     */
    constructor(fields: Document, what: string, options: readonly string[]);
    value(name: string): Value | undefined;
    string(name: string): string;
    /** Empty when it is not there. */
    document(name: string): Document;
    /** Empty when it is not there. */
    array(name: string): Value[];
    /** Of an array; empty when it is not there. */
    documents(name: string): Document[];
    flag(name: string, fallback?: boolean): boolean;
    /** A whole number that is not negative. */
    count(name: string): number | undefined;
    /** The batch size that the option `cursor` asks for. */
    cursorBatchSize(): number | undefined;
    private wrongType;
}
