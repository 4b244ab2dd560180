import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { attachmentAddress } from '../client-input/attachment-address.js';
import { canonicalMimeType, mimeTypeOfName, nameForType } from '../client-input/file-types.js';
import { readName } from '../client-input/asked-file.js';
import { judgeType, SNIFFED_BYTES } from '../attachments/attachment-types.js';
import { UNSENT_LIFETIME_MS } from '../attachments/turn-attachments.service.js';
import type { Attachment } from '../records/attachment.js';
import {
  AttachmentStore,
  CHUNK_BYTES,
  type AttachmentKey,
  type OwnedAttachmentKey,
} from '../records/attachment.store.port.js';
import { Eligibility } from '../turn/admit/eligibility.service.js';
import { StorageQuota } from '../turn/admit/storage-quota.service.js';

/** Files of a user that no question has taken, also such as are still arriving. */
export const MAX_WAITING_ATTACHMENTS = 100;
/** What is still arriving has this long, and the upkeep takes it for broken off then. */
const WRITING_LIFETIME_MS = 3_600_000;

/** A file that is being sent. */
export interface ArrivingFile {
  readonly name: string | undefined;
  /** As the client says it. */
  readonly type: string | undefined;
  /** As announced; absent: not known before its end. */
  readonly length: number | undefined;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Takes files that are sent before their question: piece by piece, each stored before the next is read. */
@Injectable()
export class AttachmentUploads {
  constructor(
    private readonly config: AppConfig,
    private readonly store: AttachmentStore,
    private readonly eligibility: Eligibility,
    private readonly quota: StorageQuota,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /**
   * @param chatflowId refuses at once what this chatflow would refuse
   * @throws AppError `validation_failed`, `quota_exceeded`, `conflict` when too many wait, `not_found`, `chatflow_access_denied` and `chatflow_disabled` of the chatflow, or what
   * reading the bytes throws; then nothing is left of it
   */
  async take(principal: Principal, file: ArrivingFile, chatflowId?: string): Promise<Attachment> {
    const { userId, tenantId } = principal;
    const name = readName(file.name, 'name');
    const said = canonicalMimeType(file.type) ?? mimeTypeOfName(name);
    await this.assertRoom(userId, file.length ?? this.config.limits.maxAttachmentBytes);
    if (chatflowId !== undefined) await this.assertTaken(principal, chatflowId);
    const pieces = inChunks(file.bytes);
    const { value: first } = await pieces.next();
    if (first === undefined) throw errors.validation([{ field: 'body', message: 'must not be empty' }]);
    const judged = await judgeType(said, first.subarray(0, SNIFFED_BYTES));
    if (judged.kind === 'contradicted')
      throw errors.validation([{ field: 'type', message: `is not what the file is: ${judged.seen}` }]);
    const { type } = judged;
    if (chatflowId !== undefined) await this.assertTaken(principal, chatflowId, type);
    const now = this.clock.now();
    const attachment: Attachment = {
      id: newId(now),
      tenantId,
      userId,
      name: nameForType(name ?? 'file', type),
      type,
      bytes: file.length ?? first.length,
      hash: '',
      sessionId: '',
      createdAt: new Date(now),
      expiresAt: new Date(now + WRITING_LIFETIME_MS),
    };
    await this.store.begin(attachment);
    try {
      const { bytes, hash } = await this.write(attachment, first, pieces);
      const expiresAt = new Date(this.clock.now() + UNSENT_LIFETIME_MS);
      if (!(await this.store.finish(attachment, { type, bytes, hash, expiresAt })))
        throw errors.conflict('The upload took too long.');
      return { ...attachment, bytes, hash, expiresAt };
    } catch (error) {
      await this.discard(attachment);
      throw error;
    }
  }

  /** About: what arrives at the same moment is not seen. */
  private async assertRoom(userId: string, length: number): Promise<void> {
    const { count, bytes } = await this.store.waiting(userId, MAX_WAITING_ATTACHMENTS);
    if (count >= MAX_WAITING_ATTACHMENTS)
      throw errors.conflict(
        `${MAX_WAITING_ATTACHMENTS} files wait for a question: ask it, or delete some of them first.`,
      );
    await this.quota.assertRoom(userId, bytes + length);
  }

  /** @param mime left out: only whether it may be asked at all */
  private async assertTaken(principal: Principal, chatflowId: string, mime?: string): Promise<void> {
    if (mime === undefined) {
      await this.eligibility.assertMayAsk({ principal, chatflowId, question: '' });
      return;
    }
    const upload = { type: 'file', name: 'file', data: attachmentAddress('0'), mime } as const;
    const uploads = [{ field: 'type', upload }];
    await this.eligibility.assertMayAsk({ principal, chatflowId, question: '', uploads });
  }

  private async write(
    key: OwnedAttachmentKey,
    first: Buffer,
    rest: AsyncIterable<Buffer>,
  ): Promise<{ readonly bytes: number; readonly hash: string }> {
    const hash = createHash('sha256');
    let bytes = 0;
    let index = 0;
    const add = async (piece: Buffer): Promise<void> => {
      hash.update(piece);
      bytes += piece.length;
      await this.store.write(key, index, piece);
      index += 1;
    };
    await add(first);
    for await (const piece of rest) await add(piece);
    return { bytes, hash: hash.digest('base64url') };
  }

  private async discard(key: AttachmentKey): Promise<void> {
    try {
      await this.store.remove([key]);
    } catch (error) {
      // The upkeep finds it by its end.
      this.log.warn({ userId: key.userId, err: error }, 'An upload that broke off is left to the upkeep');
    }
  }
}

/** The same bytes in pieces of one size but the last. */
async function* inChunks(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    held.push(piece);
    length += piece.length;
    while (length >= CHUNK_BYTES) {
      const whole = Buffer.concat(held);
      yield whole.subarray(0, CHUNK_BYTES);
      held = [whole.subarray(CHUNK_BYTES)];
      length -= CHUNK_BYTES;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}
