import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { ProviderRegistry, type HistoryEntry, type Upload } from '../../upstream/chat-provider.port.js';
import type { AskedFile } from './asked-file.js';
import { acceptOverrides, type OverrideConfig } from './overrides.policy.js';
import { acceptUploads } from './uploads.policy.js';

/** One message of the conversation that a client brings along. */
export interface BroughtEntry extends Pick<HistoryEntry, 'role' | 'content'> {
  readonly uploads?: readonly AskedFile[];
}

/** What a client brings along besides its question. */
export interface BroughtInput {
  /** Oldest first; absent: the session's own. */
  readonly history?: readonly BroughtEntry[];
  readonly overrideConfig?: OverrideConfig;
  readonly uploads?: readonly AskedFile[];
}

/** The same as an upstream may get it. */
export interface AcceptedInput {
  readonly history?: readonly HistoryEntry[];
  readonly overrideConfig?: OverrideConfig;
  readonly uploads?: readonly Upload[];
  /** What does no harm to leave out, by the client's names for it. */
  readonly ignored: readonly string[];
}

/** Decides what of a request may reach a chatflow's upstream. What may not is refused by name, never dropped in silence. */
@Injectable()
export class ClientInput {
  constructor(private readonly providers: ProviderRegistry) {}

  /** @throws AppError `validation_failed`, or `upstream_unavailable` when there is no such provider */
  accept(chatflow: Chatflow, asked: BroughtInput): AcceptedInput {
    const { overrideConfig, ignored } = acceptOverrides(chatflow, asked.overrideConfig);
    const provider = this.providers.get(chatflow.provider);
    const accepted = (files?: readonly AskedFile[]) => {
      const uploads = acceptUploads(provider, chatflow.uploads, files);
      return uploads.length === 0 ? {} : { uploads };
    };
    const history = asked.history?.map(({ role, content, uploads }) => ({
      role,
      content,
      ...accepted(uploads),
    }));
    return {
      ...(history === undefined ? {} : { history }),
      ...(overrideConfig === undefined ? {} : { overrideConfig }),
      ...accepted(asked.uploads),
      ignored,
    };
  }
}
