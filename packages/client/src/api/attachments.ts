import type { Transport } from '../http/transport.js';
import { progressFetch } from '../http/progress-fetch.js';
import type { Attachment } from './types.js';

/** A file may be big and a network slow. */
const UPLOAD_TIMEOUT_MS = 600_000;

export interface UploadOptions {
  /** For what is no `File`. */
  readonly name?: string;
  /** Refuses at once what this chatflow would not take. */
  readonly chatflowId?: string;
  /** Bytes that have gone out, and all bytes; only in browsers. */
  readonly onProgress?: (sentBytes: number, bytes: number) => void;
  readonly signal?: AbortSignal;
}

const path = (id: string): string => `/attachments/${encodeURIComponent(id)}`;

/** Files for questions. All methods throw TollgateError. */
export class AttachmentsApi {
  constructor(private readonly transport: Transport) {}

  /**
   * Sends a file to be kept until a question takes it (`uploads: [{ attachmentId }]`), for a day at most.
   * @throws TollgateError `validation_failed`, `payload_too_large`, `quota_exceeded`, `conflict` when too many wait; the signal's reason
   */
  upload(
    file: Blob & { readonly name?: string },
    { name = file.name, chatflowId, onProgress, signal }: UploadOptions = {},
  ): Promise<Attachment> {
    return this.transport.json({
      method: 'POST',
      path: '/attachments',
      query: { name: name ?? 'file', chatflowId },
      file,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      ...(onProgress === undefined ? {} : { fetch: progressFetch(onProgress) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The file's bytes with its type; an address that pages can show is made of it by `URL.createObjectURL`. */
  async read(id: string, signal?: AbortSignal): Promise<Blob> {
    const response = await this.transport.send({ path: path(id), signal });
    return response.blob();
  }

  /** Only one that no question has taken. @throws TollgateError `conflict` */
  async delete(id: string): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: path(id), repeatable: true });
  }
}
