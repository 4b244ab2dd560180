import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { Upload } from '../../upstream/chat-provider.port.js';
import { attachmentIdIn } from '../client-input/attachment-address.js';
import { joinFiles, type AskedFile } from '../client-input/asked-file.js';
import type { AcceptedInput } from '../client-input/client-input.service.js';
import type { Attachment, AttachmentRef } from '../records/attachment.js';
import { AttachmentStore, type FileAtHand } from '../records/attachment.store.port.js';
import type { TurnRequest } from '../records/turn-request.js';
import type { TurnOpening } from '../records/turn.js';
import { judgeType, SNIFFED_BYTES } from './attachment-types.js';

/** Files that were sent before and go along with one request, in all: they are held while the upstream is asked. */
export const MAX_ATTACHED_BYTES = 20 * 1024 * 1024;
/** How long a file waits for a question that takes it. */
export const UNSENT_LIFETIME_MS = 24 * 3_600_000;
/** When it is looked whether the question that has taken a file is stored: long after it should be. */
export const CONFIRMED_AFTER_MS = 3_600_000;

/** A request whose files are known by name and type, but not at hand yet. */
export interface NamedFiles {
  readonly request: TurnRequest;
  /** Those that were sent before, by id. */
  readonly sent: ReadonlyMap<string, Attachment>;
}

/** What a turn has taken. */
export interface TakenFiles {
  /** With the files themselves. */
  readonly request: TurnRequest;
  readonly input: AcceptedInput;
  /** Of the question, in their order. */
  readonly refs: readonly AttachmentRef[];
  /** Whether all of them are still stored. */
  readonly areThere: () => Promise<boolean>;
  /** To be called when the turn is not opened. Never rejects. */
  readonly release: () => Promise<void>;
}

/** The files of questions: those that were sent before are brought, those that come along are kept. A question without files costs nothing here. */
@Injectable()
export class TurnAttachments {
  constructor(
    private readonly store: AttachmentStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Looks up the files that a request names by their ids, also those of the history that it brings along.
   * @throws AppError `not_found` for one that is not the user's, `validation_failed` for more than may go along
   */
  async name(request: TurnRequest): Promise<NamedFiles> {
    const asked = [
      ...(request.uploads ?? []),
      ...(request.history ?? []).flatMap(({ uploads = [] }) => uploads),
    ];
    const ids = [...new Set(asked.flatMap(({ upload }) => attachmentIdIn(upload.data) ?? []))];
    if (ids.length === 0) return { request, sent: new Map() };
    const found = await this.store.find(request.principal.userId, ids);
    const sent = new Map(found.map((attachment) => [attachment.id, attachment]));
    const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    const [first] = asked;
    if (total > MAX_ATTACHED_BYTES && first !== undefined)
      throw invalid(first.field, `must not come with files of more than ${MAX_ATTACHED_BYTES} bytes in all`);
    return { request: withFiles(request, (files) => files.map((file) => named(file, sent))), sent };
  }

  /** What will be stored of these with the session, about. */
  bytesOf({ request, sent }: NamedFiles): number {
    let bytes = 0;
    for (const { upload } of request.uploads ?? []) {
      if (upload.type === 'url') continue;
      const id = attachmentIdIn(upload.data);
      bytes += id === undefined ? Math.ceil(upload.data.length * 0.75) : (sent.get(id)?.bytes ?? 0);
    }
    return bytes;
  }

  /**
   * Takes the files of a question that is about to be opened: stores those that come along, and brings those that were sent before.
   * @returns undefined when it has none
   * @throws AppError `validation_failed` for one that another session has
   */
  async take(
    { request, sent }: NamedFiles,
    input: AcceptedInput,
    opening: TurnOpening,
  ): Promise<TakenFiles | undefined> {
    const asked = request.uploads ?? [];
    const kept = asked.filter(({ upload }) => upload.type !== 'url');
    if (sent.size === 0 && kept.length === 0) return undefined;
    const data = await this.bring([...sent.values()]);
    const files = await Promise.all(
      kept.map(
        async ({ upload }) => sent.get(attachmentIdIn(upload.data) ?? '') ?? this.received(upload, opening),
      ),
    );
    const taken = files.filter((file): file is Attachment => !('data' in file));
    const received = files.filter((file): file is FileAtHand => 'data' in file);
    const free = taken.filter(({ sessionId }) => sessionId === '').map(({ id }) => id);
    const elsewhere = taken.find(({ sessionId }) => sessionId !== '' && sessionId !== opening.sessionId);
    if (elsewhere !== undefined) throw takenElsewhere(kept, elsewhere.id);
    const { userId, sessionId, userMessageId: messageId } = opening;
    const claim = { userId, sessionId, messageId, ids: free };
    if (free.length > 0 && !(await this.store.claim({ ...claim, expiresAt: this.after(CONFIRMED_AFTER_MS) })))
      throw takenElsewhere(kept, free[0] ?? '');
    const release = async (): Promise<void> => {
      try {
        if (free.length > 0)
          await this.store.unclaim({ ...claim, expiresAt: this.after(UNSENT_LIFETIME_MS) });
        if (received.length > 0) await this.store.remove(received.map(({ attachment }) => attachment));
      } catch (error) {
        // The upkeep finds them by their end.
        this.log.warn({ userId, err: error }, 'Files of a question that was refused are left to the upkeep');
      }
    };
    try {
      if (received.length > 0) await this.store.put(received);
    } catch (error) {
      await release();
      throw error;
    }
    const refs = files.map((file) => refOf('data' in file ? file.attachment : file));
    const ids = [...new Set(refs.map(({ id }) => id))];
    return {
      request: withFiles(request, (all) =>
        all.map((file) => ({ ...file, upload: filled(file.upload, data) })),
      ),
      input: withUploads(input, data),
      refs,
      areThere: async () => (await this.store.find(userId, ids)).length === ids.length,
      release,
    };
  }

  /** As data URLs, by id. */
  private async bring(attachments: readonly Attachment[]): Promise<ReadonlyMap<string, string>> {
    const brought = new Map<string, string>();
    for (const attachment of attachments) {
      const pieces: Buffer[] = [];
      for await (const piece of this.store.read(attachment, 0, attachment.bytes)) pieces.push(piece);
      brought.set(
        attachment.id,
        `data:${attachment.type};base64,${Buffer.concat(pieces).toString('base64')}`,
      );
    }
    return brought;
  }

  /** A file that came along. What is not what it says to be goes on as it came, and is never shown as what it says. */
  private async received(upload: Upload, opening: TurnOpening): Promise<FileAtHand> {
    const data = Buffer.from(upload.data.slice(upload.data.indexOf(',') + 1), 'base64');
    const judged = await judgeType(upload.mime, data.subarray(0, SNIFFED_BYTES));
    const { tenantId, userId, sessionId, userMessageId } = opening;
    const now = this.clock.now();
    return {
      data,
      attachment: {
        id: newId(now),
        tenantId,
        userId,
        name: upload.name,
        type: judged.kind === 'known' ? judged.type : 'application/octet-stream',
        bytes: data.length,
        hash: createHash('sha256').update(data).digest('base64url'),
        sessionId,
        messageId: userMessageId,
        createdAt: new Date(now),
        expiresAt: this.after(CONFIRMED_AFTER_MS),
      },
    };
  }

  private after(milliseconds: number): Date {
    return new Date(this.clock.now() + milliseconds);
  }
}

function refOf({ id, name, type, bytes }: Attachment): AttachmentRef {
  return { id, name, type, bytes };
}

function withFiles(
  request: TurnRequest,
  change: (files: readonly AskedFile[]) => readonly AskedFile[],
): TurnRequest {
  const { uploads, history } = request;
  return {
    ...request,
    ...(uploads === undefined ? {} : { uploads: joinFiles(change(uploads), 'uploads') }),
    ...(history === undefined
      ? {}
      : {
          history: history.map((entry) =>
            entry.uploads === undefined ? entry : { ...entry, uploads: change(entry.uploads) },
          ),
        }),
  };
}

function named(file: AskedFile, sent: ReadonlyMap<string, Attachment>): AskedFile {
  const id = attachmentIdIn(file.upload.data);
  if (id === undefined) return file;
  const attachment = sent.get(id);
  if (attachment === undefined) throw errors.notFound('The attachment');
  const { name, type: mime } = attachment;
  return {
    ...file,
    upload: { ...file.upload, type: mime.startsWith('audio/') ? 'audio' : 'file', name, mime },
  };
}

function filled(upload: Upload, data: ReadonlyMap<string, string>): Upload {
  const brought = data.get(attachmentIdIn(upload.data) ?? '');
  return brought === undefined ? upload : { ...upload, data: brought };
}

function withUploads(
  { uploads, history, ...input }: AcceptedInput,
  data: ReadonlyMap<string, string>,
): AcceptedInput {
  const all = (files: readonly Upload[]) => ({ uploads: files.map((upload) => filled(upload, data)) });
  return {
    ...input,
    ...(uploads === undefined ? {} : all(uploads)),
    ...(history === undefined
      ? {}
      : {
          history: history.map((entry) => ({
            ...entry,
            ...(entry.uploads === undefined ? {} : all(entry.uploads)),
          })),
        }),
  };
}

function takenElsewhere(files: readonly AskedFile[], id: string) {
  const field = files.find(({ upload }) => attachmentIdIn(upload.data) === id)?.field ?? 'uploads';
  return invalid(field, 'was sent with a question of another session: upload it again');
}

function invalid(field: string, message: string) {
  return errors.validation([{ field, message }]);
}
