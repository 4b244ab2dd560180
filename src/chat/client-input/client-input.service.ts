import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../chatflows/chatflow.js';
import {
  ProviderRegistry,
  type ClientToolResult,
  type HistoryEntry,
  type ModelOptions,
  type Upload,
} from '../../upstream/chat-provider.port.js';
import type { AskedFile } from './asked-file.js';
import { errors } from '../../platform/errors/errors.js';
import { acceptOptions, allows, type AskedOption } from './options.policy.js';
import { acceptOverrides, type OverrideConfig } from './overrides.policy.js';
import { acceptUploads } from './uploads.policy.js';

/** One message of the conversation that a client brings along. */
export interface BroughtEntry extends Omit<HistoryEntry, 'uploads'> {
  readonly uploads?: readonly AskedFile[];
}

/** What a client brings along besides its question. */
export interface BroughtInput {
  /** Oldest first; absent: the session's own. */
  readonly history?: readonly BroughtEntry[];
  readonly overrideConfig?: OverrideConfig;
  readonly uploads?: readonly AskedFile[];
  readonly options?: readonly AskedOption[];
  /** What came of the tools that the client has run: a request that goes on with them asks nothing else. */
  readonly toolResults?: BroughtToolResults;
}

export interface BroughtToolResults {
  /** Where in the request they stand. */
  readonly field: string;
  readonly results: readonly ClientToolResult[];
}

/** The same as an upstream may get it. */
export interface AcceptedInput {
  readonly history?: readonly HistoryEntry[];
  readonly overrideConfig?: OverrideConfig;
  readonly uploads?: readonly Upload[];
  readonly options?: ModelOptions;
  readonly toolResults?: readonly ClientToolResult[];
  /** What does no harm to leave out, by the client's names for it. */
  readonly ignored: readonly string[];
}

/** Decides what of a request may reach a chatflow's upstream. What may not is refused by name, never dropped in silence. */
@Injectable()
export class ClientInput {
  constructor(private readonly providers: ProviderRegistry) {}

  /** @throws AppError `validation_failed`, `unsupported_parameter`, or `upstream_unavailable` when there is no such provider */
  accept(chatflow: Chatflow, asked: BroughtInput): AcceptedInput {
    const { overrideConfig, ignored } = acceptOverrides(chatflow, asked.overrideConfig);
    const mayUseTools = allows(chatflow, 'tools');
    const { toolResults } = asked;
    if (toolResults !== undefined && !mayUseTools) throw errors.unsupportedParameter(toolResults.field);
    assertCalled(asked);
    const wishes = acceptOptions(chatflow, asked.options);
    const provider = this.providers.get(chatflow.provider);
    const accepted = (files?: readonly AskedFile[]) => {
      const uploads = acceptUploads(provider, chatflow.uploads, files);
      return uploads.length === 0 ? {} : { uploads };
    };
    const told = mayUseTools ? asked.history : asked.history?.flatMap(withoutTools);
    const history = told?.map(({ uploads, ...entry }) => ({ ...entry, ...accepted(uploads) }));
    const dropsTools = !mayUseTools && asked.history?.some(isOfTools) === true;
    return {
      ...(history === undefined ? {} : { history }),
      ...(overrideConfig === undefined ? {} : { overrideConfig }),
      ...accepted(asked.uploads),
      ...(wishes.options === undefined ? {} : { options: wishes.options }),
      ...(toolResults === undefined ? {} : { toolResults: toolResults.results }),
      ignored: [...ignored, ...wishes.ignored, ...(dropsTools ? ['messages.tool'] : [])],
    };
  }
}

/** Servers refuse results of what nobody has called, which would look like a failure of theirs. */
function assertCalled({ history, toolResults }: BroughtInput): void {
  if (history === undefined || toolResults === undefined) return;
  const called = new Set(
    history.findLast(({ toolCalls }) => toolCalls !== undefined)?.toolCalls?.map(({ id }) => id),
  );
  if (!toolResults.results.every(({ toolCallId }) => called.has(toolCallId))) throw notCalled(toolResults);
}

export function notCalled({ field }: BroughtToolResults) {
  return errors.validation([{ field, message: 'must follow the message in which the tool was called' }]);
}

function isOfTools({ role, toolCalls }: BroughtEntry): boolean {
  return role === 'tool' || toolCalls !== undefined;
}

/** A model without the tools would not know what such messages are about. */
function withoutTools({ toolCalls: _, ...entry }: BroughtEntry): BroughtEntry[] {
  return entry.role === 'tool' || (entry.content === '' && entry.uploads === undefined) ? [] : [entry];
}
