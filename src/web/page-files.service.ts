import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Compressed by what they are. */
const COMPRESSED = new Set(['.woff2']);

export const ENCODINGS = ['br', 'gzip'] as const;
export type PageEncoding = (typeof ENCODINGS)[number] | 'identity';

/** One file of the built page, ready to be sent. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** As it is, and compressed where that makes it smaller. */
  readonly bodies: Readonly<Partial<Record<PageEncoding, Buffer>> & { identity: Buffer }>;
}

/** Beside the compiled product lies the page; beside the sources it lies in `dist`. */
const FOLDERS = [join(import.meta.dirname, '../page'), join(import.meta.dirname, '../../dist/page')];

/** The built page, read and compressed once, when it is first asked for: it is a handful of small files. */
@Injectable()
export class PageFiles {
  private files: Promise<ReadonlyMap<string, PageFile>> | undefined;

  /** @param path as in the URL, without a leading slash @returns undefined when the page has no such file, or was not built */
  async find(path: string): Promise<PageFile | undefined> {
    this.files ??= readFolders();
    return (await this.files).get(path);
  }
}

async function readFolders(): Promise<ReadonlyMap<string, PageFile>> {
  for (const folder of FOLDERS) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    if (paths.length === 0) continue;
    return new Map(
      await Promise.all(
        paths.map(async (path) => {
          const name = path.slice(folder.length + 1).replaceAll('\\', '/');
          return [name, await readPageFile(path)] as const;
        }),
      ),
    );
  }
  return new Map();
}

async function readPageFile(path: string): Promise<PageFile> {
  const identity = await readFile(path);
  const isCompressed = COMPRESSED.has(extname(path));
  const [br, gzipped] = isCompressed
    ? []
    : await Promise.all([promisify(brotliCompress)(identity), promisify(gzip)(identity)]);
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    bodies: { identity, ...(br && { br }), ...(gzipped && { gzip: gzipped }) },
  };
}
