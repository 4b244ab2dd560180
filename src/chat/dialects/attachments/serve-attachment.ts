import { once } from 'node:events';
import type { Request, Response } from 'express';
import { isShownInline } from '../../attachments/attachment-types.js';
import type { Attachment } from '../../records/attachment.js';

/** Whatever it is, nothing in it may be carried out, fetch anything, or be taken for a page of ours. */
const POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** The part of a file that was asked for: from `start` to before `end`. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * Answers with a file, or the part of it that was asked for, as fast as the client takes it. A client that leaves ends the reading.
 * @param read the bytes from `start` to before `end`
 */
export async function serveAttachment(
  request: Request,
  response: Response,
  { name, type, bytes, hash }: Attachment,
  read: (part: Part) => AsyncIterable<Buffer>,
): Promise<void> {
  const etag = `"${hash}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (isNamed(request.headers['if-none-match'], etag)) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', type === 'text/plain' ? 'text/plain; charset=utf-8' : type);
  response.setHeader('Content-Disposition', dispositionOf(name, isShownInline(type)));
  const part = partOf(request, bytes, etag);
  if (part === undefined) {
    response.status(416).setHeader('Content-Range', `bytes */${bytes}`);
    response.removeHeader('Content-Disposition');
    response.removeHeader('Content-Type');
    response.end();
    return;
  }
  const { start, end } = part;
  if (end - start < bytes)
    response.status(206).setHeader('Content-Range', `bytes ${start}-${end - 1}/${bytes}`);
  response.setHeader('Content-Length', end - start);
  if (request.method === 'HEAD') response.end();
  else await send(response, read(part));
}

async function send(response: Response, pieces: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  } catch (error) {
    // Too late for a problem document: a file that is cut short must not look whole.
    if (!response.headersSent) throw error;
    response.destroy(error as Error);
    return;
  }
  response.end();
}

/** @returns undefined when nothing of the file was asked for */
function partOf(request: Request, bytes: number, etag: string): Part | undefined {
  const whole = { start: 0, end: bytes };
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etag) return whole;
  const ranges = request.range(bytes, { combine: true });
  if (ranges === -1) return undefined;
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return whole;
  const [{ start, end } = { start: 0, end: bytes - 1 }] = ranges;
  return { start, end: end + 1 };
}

function isNamed(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
}

/** The name in ASCII for those who read nothing else, and as it is for all others (RFC 6266, RFC 8187). */
function dispositionOf(name: string, isInline: boolean): string {
  const kind = isInline ? 'inline' : 'attachment';
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === name) return `${kind}; filename="${plain}"`;
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
