import { errors } from '../../../platform/errors/errors.js';
import type { ClientToolCall, ClientToolResult } from '../../../upstream/chat-provider.port.js';
import type { BroughtEntry, BroughtToolResults } from '../../client-input/client-input.service.js';
import { isObject } from '../../../platform/json/json-object.js';
import { goOnWith } from '../tool-results.js';
import { REGENERATING, type ChatRequestDto } from './ai-sdk.dto.js';
import { readMessage } from './ui-message.js';

type Part = Readonly<Record<string, unknown>>;

/** A tool that is the client's to run. */
interface ClientRun {
  readonly call: ClientToolCall;
  /** Where it stands. */
  readonly field: string;
  /** Absent when there is none yet, or never was: a user may go on without it. */
  readonly output: string | undefined;
}

/** What the model says in one step of a message, with the tools of the client at its end. */
interface Step {
  text: string;
  readonly runs: ClientRun[];
}

/** A request that goes on with what came of the client's tools. */
export interface GoingOn {
  readonly question: string;
  readonly toolResults: BroughtToolResults;
  /** Absent when the client has sent its last message alone: then the session knows it. */
  readonly history?: readonly BroughtEntry[];
  /** The message that the client will show the answer in. */
  readonly continues?: string;
}

const MAX_ID_CHARACTERS = 512;

/**
 * What `addToolOutput` leads to: the last message is the assistant's, and its last step ends with tools of the client, each with its output.
 * @returns undefined for a request of another kind
 * @throws AppError `validation_failed` for a tool that has no output yet
 */
export function readResults({ message, messages = [], trigger }: ChatRequestDto): GoingOn | undefined {
  const asked = message ?? messages.at(-1);
  if (asked?.role !== 'assistant' || (trigger !== undefined && REGENERATING.includes(trigger)))
    return undefined;
  const field = message === undefined ? `messages.${messages.length - 1}` : 'message';
  const steps = stepsOf(asked, field);
  const last = steps.at(-1);
  if (last === undefined || last.runs.length === 0) return undefined;
  const results = last.runs.map(finished);
  const { id } = asked;
  const history =
    message === undefined
      ? [
          ...messages.slice(0, -1).flatMap((before, index) => entriesOf(before, `messages.${index}`)),
          ...steps.slice(0, -1).flatMap(entriesOfStep),
          calling(last),
        ]
      : undefined;
  return {
    ...goOnWith(results, `${field}.parts`),
    ...(history === undefined ? {} : { history }),
    ...(typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARACTERS ? { continues: id } : {}),
  };
}

function entriesOf(message: Record<string, unknown>, field: string): readonly BroughtEntry[] {
  if (message.role === 'assistant') return stepsOf(message, field).flatMap(entriesOfStep);
  // What the model is told first does not stand in the conversation.
  if (message.role !== 'user') return [];
  const { text, uploads } = readMessage(message, field);
  return [{ role: 'user', content: text, ...(uploads.length === 0 ? {} : { uploads }) }];
}

function entriesOfStep({ text, runs }: Step): readonly BroughtEntry[] {
  const known = runs.filter(({ output }) => output !== undefined);
  const results = known.map(({ call, output = '' }): BroughtEntry => {
    return { role: 'tool', content: output, toolCallId: call.id };
  });
  return text === '' && known.length === 0 ? [] : [calling({ text, runs: known }), ...results];
}

function calling({ text, runs }: Step): BroughtEntry {
  const toolCalls = runs.map(({ call }) => call);
  return { role: 'assistant', content: text, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
}

function finished({ call, field, output }: ClientRun): ClientToolResult {
  if (output !== undefined) return { toolCallId: call.id, content: output };
  throw errors.validation([{ field: `${field}.state`, message: 'must say that the tool has been run' }]);
}

/** Parts of other kinds (thoughts, sources, tools of the server) show what was said or done; they are not told again. */
function stepsOf({ parts, content }: Record<string, unknown>, field: string): readonly Step[] {
  if (!Array.isArray(parts)) return [{ text: typeof content === 'string' ? content : '', runs: [] }];
  const steps: Step[] = [{ text: '', runs: [] }];
  parts.forEach((part: unknown, index) => {
    const step = steps.at(-1);
    if (!isObject(part) || step === undefined) return;
    if (part.type === 'step-start') steps.push({ text: '', runs: [] });
    else if (part.type === 'text' && typeof part.text === 'string') step.text += part.text;
    else if (isOfClient(part)) step.runs.push(toRun(part, `${field}.parts.${index}`));
  });
  return steps.filter(({ text, runs }) => text !== '' || runs.length > 0);
}

function isOfClient({ type, providerExecuted, toolCallId }: Part): boolean {
  if (providerExecuted === true || typeof type !== 'string' || typeof toolCallId !== 'string') return false;
  return type === 'dynamic-tool' || type.startsWith('tool-');
}

function toRun(part: Part, field: string): ClientRun {
  const name = part.type === 'dynamic-tool' ? String(part.toolName) : String(part.type).slice('tool-'.length);
  // Servers refuse a conversation whose arguments are no JSON.
  const json = JSON.stringify(isObject(part.input) ? part.input : {});
  return { call: { id: String(part.toolCallId), name, arguments: json }, field, output: outputOf(part) };
}

function outputOf({ state, output, preliminary, errorText, approval }: Part): string | undefined {
  switch (state) {
    case 'output-available':
      if (preliminary === true) return undefined;
      return typeof output === 'string' ? output : JSON.stringify(output ?? null);
    case 'output-error':
      return typeof errorText === 'string' ? errorText : 'The tool failed.';
    case 'output-denied': {
      const reason = isObject(approval) ? approval.reason : undefined;
      return typeof reason === 'string' ? reason : 'The user did not allow it.';
    }
    default:
      return undefined;
  }
}
