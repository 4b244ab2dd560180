import { errors } from '../../platform/errors/errors.js';
import type { Upload } from '../../upstream/chat-provider.port.js';
import { attachmentIdIn } from './attachment-address.js';
import { canonicalMimeType, mimeTypeOfName, nameForType } from './file-types.js';

/** A file that a client sends along, and where in its request it stands. */
export interface AskedFile {
  /** As the client calls it, for whoever refuses it. */
  readonly field: string;
  readonly upload: Upload;
}

/** What a client's format says about a file; all of it may be missing or wrong but the data. */
export interface GivenFile {
  /** A data URL, an address for the upstream to fetch, or that of an attachment (`attachment:ID`). */
  readonly data: unknown;
  readonly name?: unknown;
  readonly mime?: unknown;
  /** Flowise's own clients say it. */
  readonly type?: Upload['type'];
  /** What the part of the message is for, where the file itself does not say. */
  readonly medium?: 'image' | 'audio' | 'video';
}

export const MAX_FILES = 20;
const MAX_NAME_CHARACTERS = 200;
const DATA_URL = /^data:([^,]{0,500}),/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const ADDRESS = /^https?:/i;

/**
 * Reads a file in whatever way a client brings it. Its name ends as its type says, its type is known from itself, its name or its address, and its
 * data is a base64 data URL or an address that nobody has looked at yet.
 * @throws AppError `validation_failed` naming `field`
 */
export function readFile(given: GivenFile, field: string): AskedFile {
  const { data } = given;
  if (typeof data !== 'string' || data === '') throw invalid(field, 'must be a data URL or an address');
  // Nothing that the client says of it counts: it is looked up.
  if (attachmentIdIn(data) !== undefined)
    return { field, upload: { type: 'file', name: '', data, mime: '' } };
  const name = readName(given.name, field);
  const inline = DATA_URL.exec(data);
  if (inline !== null) return { field, upload: readInline(given, name, inline, field) };
  if (ADDRESS.test(data)) return { field, upload: readAddress(given, name) };
  throw invalid(field, 'must be a data URL or an http(s) address');
}

/**
 * The files of one message: not too many, and no two of one name, because the later would take the place of the earlier where they are kept.
 * @throws AppError `validation_failed`
 */
export function joinFiles(files: readonly AskedFile[], field: string): readonly AskedFile[] {
  if (files.length > MAX_FILES) throw invalid(field, `must bring at most ${MAX_FILES} files`);
  const taken = new Set<string>();
  return files.map((file) => {
    const { upload } = file;
    if (upload.type === 'url' || upload.name === '') return file;
    let { name } = upload;
    for (let n = 2; taken.has(name); n++) name = upload.name.replace(/(\.[^.]*)?$/, `-${n}$1`);
    taken.add(name);
    return name === upload.name ? file : { ...file, upload: { ...upload, name } };
  });
}

function readInline(
  given: GivenFile,
  name: string | undefined,
  inline: RegExpExecArray,
  field: string,
): Upload {
  const [head, media = ''] = inline;
  const mime =
    canonicalMimeType(media) ??
    canonicalMimeType(asText(given.mime)) ??
    mimeTypeOfName(name) ??
    (media.startsWith(';') || media === '' ? 'text/plain' : 'application/octet-stream');
  const body = String(given.data).slice(head.length);
  const data = `data:${mime};base64,${/;base64$/i.test(media.trim()) ? body : encode(body, field)}`;
  if (!BASE64.test(data.slice(data.indexOf(',') + 1))) throw invalid(field, 'must be base64');
  return { type: typeOf(given.type, mime), name: nameForType(name ?? stemOf(mime), mime), data, mime };
}

/** The text of a data URL that is not base64. */
function encode(body: string, field: string): string {
  try {
    return Buffer.from(decodeURIComponent(body)).toString('base64');
  } catch {
    // A lone `%`: nobody can say what was meant.
    throw invalid(field, 'must be a valid data URL');
  }
}

function readAddress({ data, mime, medium }: GivenFile, name: string | undefined): Upload {
  const address = String(data);
  const path = URL.canParse(address) ? new URL(address).pathname : '';
  const last = path.slice(path.lastIndexOf('/') + 1);
  const type = canonicalMimeType(asText(mime)) ?? mimeTypeOfName(path) ?? mimeTypeOfName(name);
  const known = type ?? (medium === undefined ? '' : `${medium}/*`);
  return { type: 'url', name: name ?? (last === '' ? 'file' : last), data: address, mime: known };
}

/** What is fetched by nobody is no `url`, and what is a recording is `audio` to Flowise. */
function typeOf(said: Upload['type'] | undefined, mime: string): Upload['type'] {
  if (said !== undefined && said !== 'url') return said;
  return mime.startsWith('audio/') ? 'audio' : 'file';
}

/** A name ends up in paths of the upstream. */
export function readName(value: unknown, field: string): string | undefined {
  const name = asText(value)?.trim();
  if (name === undefined || name === '') return undefined;
  if (name.length > MAX_NAME_CHARACTERS)
    throw invalid(field, `must have a name of at most ${MAX_NAME_CHARACTERS} characters`);
  if (/[/\\\p{Cc}]|^\.+$|^\.\./u.test(name))
    throw invalid(field, 'must have the name of a file, without a path');
  return name;
}

function stemOf(mime: string): string {
  const medium = mime.split('/', 1)[0] ?? '';
  return ['image', 'audio', 'video'].includes(medium) ? medium : 'file';
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function invalid(field: string, message: string) {
  return errors.validation([{ field, message }]);
}
