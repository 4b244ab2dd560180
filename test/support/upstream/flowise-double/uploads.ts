import { extname } from 'node:path';

/** A few of the types that Flowise knows, with the one extension that it takes for each. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
  'application/json': 'json',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'text/markdown': 'md',
  'audio/webm': 'webm',
  'audio/mpeg': 'mp3',
};

/** Flowise reads the type out of the data URL, not out of `mime`. */
const DATA_URL = /^data:([^;,]+)/;

/** @throws Error for what makes Flowise refuse the whole call */
export function checkUploads(uploads: unknown): void {
  if (!Array.isArray(uploads)) return;
  for (const { type, name, data } of uploads as readonly Readonly<Record<string, string>>[]) {
    if (type !== 'file' && type !== 'file:rag' && type !== 'audio') continue;
    const mime = DATA_URL.exec(data ?? '')?.[1];
    // An address in a `file`: Flowise looks for a data URL's parts in it.
    if (mime === undefined) throw new TypeError("Cannot read properties of undefined (reading 'split')");
    checkName(name ?? '', mime);
  }
}

function checkName(name: string, mime: string): void {
  const extension = extname(name).slice(1).toLowerCase().replace('jpeg', 'jpg');
  const expected = EXTENSIONS[mime];
  if (extension === '') throw new Error('File type not allowed: files must have a valid file extension');
  if (extension === expected) return;
  throw new Error(
    `MIME type mismatch: file extension "${extension}" does not match declared MIME type "${mime}". Expected: ${expected}`,
  );
}
