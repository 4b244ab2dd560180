import { asText, isObject, parseJson, type JsonObject } from '../../platform/json/json-object.js';
import type { RequestedTool } from '../../tools/requested-tool.js';

interface Draft {
  id: string;
  name: string;
  arguments: string;
  /** Whether its first piece already had all of its arguments. */
  isWhole: boolean;
}

/** Far beyond what models ask for in one step; without bounds a server could have us assemble for ever. */
export const MAX_TOOLS_PER_STEP = 128;
/** Of all calls of a step, with their ids and names. */
export const MAX_ARGUMENT_BYTES = 256 * 1024;
export const MAX_TOOL_PIECES = 64 * 1024;

/**
 * Puts the pieces of tool calls together, in time that grows with their number only. The first piece of a call has its id and name, the others
 * more of its arguments. Servers differ: some leave `index` out, some give every call the index 0 and tell them apart by their ids, or by
 * nothing but their names.
 */
export class ToolCallAssembly {
  private readonly drafts: Draft[] = [];
  private readonly byIndex = new Map<number, Draft>();
  private readonly byId = new Map<string, Draft>();
  private pieces = 0;
  private bytes = 0;

  /**
   * @param pieces the `tool_calls` of one delta, or of a whole message
   * @returns false when there are more of them, or more in them, than is taken
   */
  add(pieces: unknown): boolean {
    if (!Array.isArray(pieces)) return true;
    return (pieces as readonly unknown[]).every((piece) => !isObject(piece) || this.addPiece(piece));
  }

  /** The calls in the order in which they began; those that name no tool are left out. */
  get calls(): readonly RequestedTool[] {
    return this.drafts
      .filter(({ name }) => name !== '')
      .map(({ id, name, arguments: json }) => ({ id, name, arguments: json }));
  }

  private addPiece(piece: JsonObject): boolean {
    const id = asText(piece.id) ?? '';
    const index = indexOf(piece.index);
    const called = isObject(piece.function) ? piece.function : {};
    const name = asText(called.name) ?? '';
    const json = textOfArguments(called.arguments);
    this.pieces += 1;
    this.bytes += Buffer.byteLength(json);
    const draft = this.find(index, id, name) ?? this.begin(json);
    // Names and ids count too, once for each call: some servers repeat them with every piece, some hide a thought in an id.
    if (draft.id === '') this.bytes += Buffer.byteLength(id);
    if (draft.name === '') this.bytes += Buffer.byteLength(name);
    if (id !== '') {
      draft.id ||= id;
      this.byId.set(id, draft);
    }
    if (index !== undefined) this.byIndex.set(index, draft);
    draft.name ||= name;
    draft.arguments += json;
    return (
      this.pieces <= MAX_TOOL_PIECES &&
      this.bytes <= MAX_ARGUMENT_BYTES &&
      this.drafts.length <= MAX_TOOLS_PER_STEP
    );
  }

  /** The call that a piece goes on with; `undefined` when another one begins. */
  private find(index: number | undefined, id: string, name: string): Draft | undefined {
    const same = index === undefined ? this.drafts.at(-1) : this.byIndex.get(index);
    if (id !== '' && same?.id !== id) {
      // Servers that repeat the id may count the index up with every piece; those that give every call one id name each.
      const known = index === undefined || name === '' ? this.byId.get(id) : undefined;
      const isNamedLater = same?.id === '' && (same.name === '' || name === '' || same.name === name);
      return known ?? (isNamedLater ? same : undefined);
    }
    if (same === undefined || id !== '' || name === '' || same.name === '') return same;
    // Only a name tells that another call begins. Some servers repeat it with every piece, but then they give an index.
    return index !== undefined && name === same.name && !same.isWhole ? same : undefined;
  }

  private begin(json: string): Draft {
    const isWhole = isObject(parseJson(json));
    const draft: Draft = { id: '', name: '', arguments: '', isWhole };
    this.drafts.push(draft);
    return draft;
  }
}

/** Some servers write it as a text. */
function indexOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** Some servers send the arguments of a whole call as an object. */
function textOfArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : '';
}
