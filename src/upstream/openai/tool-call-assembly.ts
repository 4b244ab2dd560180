import { asText, isObject } from '../json/json-object.js';

/** A tool that the model wants to be used, as it said so. */
export interface RequestedTool {
  readonly id: string;
  readonly name: string;
  /** JSON, as far as the model keeps to it. */
  readonly arguments: string;
}

interface Draft {
  readonly index: number | undefined;
  id: string;
  name: string;
  arguments: string;
}

/**
 * Puts the pieces of tool calls together. The first piece of a call has its id and name, the others more of its
 * arguments. Servers differ: some leave `index` out, some give every call the index 0 and tell them apart by their ids.
 */
export class ToolCallAssembly {
  private readonly drafts: Draft[] = [];

  /** @param pieces the `tool_calls` of one delta, or of a whole message */
  add(pieces: unknown): void {
    if (!Array.isArray(pieces)) return;
    for (const piece of pieces as readonly unknown[]) if (isObject(piece)) this.addPiece(piece);
  }

  /** The calls in the order in which they began; those that name no tool are left out. */
  get calls(): readonly RequestedTool[] {
    return this.drafts
      .filter(({ name }) => name !== '')
      .map(({ id, name, arguments: json }) => ({ id, name, arguments: json }));
  }

  private addPiece(piece: Readonly<Record<string, unknown>>): void {
    const id = asText(piece.id) ?? '';
    const index = typeof piece.index === 'number' ? piece.index : undefined;
    const called = isObject(piece.function) ? piece.function : {};
    const name = asText(called.name) ?? '';
    const draft = this.draftOf(index, id, name);
    if (draft.id === '') draft.id = id;
    if (draft.name === '') draft.name = name;
    draft.arguments += textOfArguments(called.arguments);
  }

  private draftOf(index: number | undefined, id: string, name: string): Draft {
    const same =
      index === undefined ? this.drafts.at(-1) : this.drafts.findLast((draft) => draft.index === index);
    const isAnother = same !== undefined && id !== '' && same.id !== '' && same.id !== id;
    // Without index and id only a name tells that another call begins.
    const isNameless = index === undefined && id === '' && name !== '' && same?.name !== '';
    if (same !== undefined && !isAnother && !isNameless) return same;
    const draft = { index, id, name: '', arguments: '' };
    this.drafts.push(draft);
    return draft;
  }
}

/** Some servers send the arguments of a whole call as an object. */
function textOfArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : '';
}
