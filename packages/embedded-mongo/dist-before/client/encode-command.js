import { serialize } from 'bson';
import { MAX_MESSAGE_BYTES } from '../limits.js';
import { encodeMessage } from '../server/framing.js';
/**
 * How much bson writes at once: its buffer is one for the whole process, and whoever makes it larger makes it so for everybody. What does not fit
 * is a RangeError, or, when a text is what does not fit, cut off in silence at the buffer's end.
 */
const SERIALIZED_BYTES = 17 * 1024 * 1024;
/** Lists of documents that the protocol lets stand beside a command, each document by itself. */
const LISTS = ['ops', 'documents', 'updates', 'deletes'];
/**
 * A command as a message. It is one document, which may be larger than the largest that can be stored, and then its list goes beside it.
 * @throws RangeError for one above 48 MB, or with a document above 17 MB
 */
export function encodeCommand(id, command) {
    const whole = serialized(command);
    const message = whole === undefined ? inPieces(id, command) : encodeMessage(id, 0, whole);
    if (message.length > MAX_MESSAGE_BYTES)
        throw outOfRange(message.length, MAX_MESSAGE_BYTES);
    return message;
}
function inPieces(id, command) {
    const body = {};
    const beside = new Map();
    for (const [name, value] of Object.entries(command)) {
        if (LISTS.includes(name) && Array.isArray(value))
            beside.set(name, value.map(piece));
        else
            body[name] = value;
    }
    return encodeMessage(id, 0, piece(body), beside);
}
function piece(document) {
    const bytes = serialized(document);
    if (bytes === undefined)
        throw outOfRange('more', SERIALIZED_BYTES);
    return bytes;
}
/** @returns undefined when it is too large */
function serialized(document) {
    try {
        const bytes = serialize(document, { ignoreUndefined: true });
        return bytes.length < SERIALIZED_BYTES ? bytes : undefined;
    }
    catch (error) {
        if (error.name === 'RangeError')
            return undefined;
        throw error;
    }
}
function outOfRange(bytes, allowed) {
    return new RangeError(`A command is out of range: ${bytes} bytes where ${allowed} are allowed`);
}
//# sourceMappingURL=encode-command.js.map