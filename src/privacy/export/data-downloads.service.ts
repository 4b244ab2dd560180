import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { CUT_DOWNLOAD, type CutDownload } from '../../audit/cut-download.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { DataLine } from './conversation-data.service.js';
import { writeLines } from './write-lines.js';

/** Downloads of everything that one instance reads at once: each reads as fast as its client takes it. */
const MAX_DOWNLOADS_AT_ONCE = 8;
const RETRY_AFTER_SECONDS = 60;

/** Who downloads everything of a user, themselves or an administrator: one at a time for each that downloads. */
@Injectable()
export class DataDownloads {
  private readonly downloaders = new Set<string>();

  constructor(private readonly log: StructuredLog) {}

  /**
   * Answers with lines of JSON. What is thrown behind the first breaks the connection off.
   * @param by the id of who downloads
   * @returns once all is written, or nothing more can be; then it says so
   * @throws AppError `rate_limited`, `overloaded`; what making the lines throws: then nothing was answered
   */
  async send(
    by: string,
    lines: () => AsyncIterable<DataLine> | Promise<AsyncIterable<DataLine>>,
    response: Response,
    fileName: string,
  ): Promise<CutDownload | undefined> {
    const end = this.begin(by);
    try {
      const made = await lines();
      response.setHeader('content-type', 'application/x-ndjson; charset=utf-8');
      response.setHeader('content-disposition', `attachment; filename="${fileName}"`);
      return await writeLines(made, response).then(
        () => undefined,
        (error: unknown) => {
          // Nothing can be said any more: the missing last line does.
          this.log.warn({ userId: by, err: error }, 'A download of a user’s data was cut short');
          response.destroy();
          return CUT_DOWNLOAD;
        },
      );
    } finally {
      end();
    }
  }

  /** @returns to be called at its end */
  private begin(by: string): () => void {
    if (this.downloaders.has(by))
      throw errors.rateLimited(RETRY_AFTER_SECONDS, 'You are downloading already.');
    if (this.downloaders.size >= MAX_DOWNLOADS_AT_ONCE) throw errors.overloaded(RETRY_AFTER_SECONDS);
    this.downloaders.add(by);
    return () => void this.downloaders.delete(by);
  }
}
