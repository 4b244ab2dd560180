/**
 * MIME types with the extensions of their files, the one that Flowise takes first: it refuses a whole call when the name of a file does not end as
 * its type says.
 */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'image/svg+xml': ['svg'],
  'image/bmp': ['bmp'],
  'image/tiff': ['tiff', 'tif'],
  'image/avif': ['avif'],
  'image/heic': ['heic'],
  'audio/mpeg': ['mp3'],
  'audio/wav': ['wav'],
  'audio/webm': ['webm', 'weba'],
  'audio/ogg': ['ogg', 'oga'],
  'audio/mp4': ['m4a'],
  'audio/aac': ['aac'],
  'audio/flac': ['flac'],
  'video/mp4': ['mp4'],
  'video/quicktime': ['mov'],
  'application/pdf': ['pdf'],
  'application/json': ['json'],
  'application/jsonl': ['jsonl'],
  'application/xml': ['xml'],
  'application/yaml': ['yaml', 'yml'],
  'application/zip': ['zip'],
  'application/rtf': ['rtf'],
  'application/msword': ['doc'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
  'application/vnd.ms-excel': ['xls'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.ms-powerpoint': ['ppt'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['pptx'],
  'text/plain': ['txt', 'log'],
  'text/csv': ['csv'],
  'text/markdown': ['md', 'markdown'],
  'text/html': ['html', 'htm'],
  'text/css': ['css'],
  'text/javascript': ['js', 'mjs'],
};

/** Other names of the same types. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mpeg': 'audio/mpeg',
  'audio/wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/m4a': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/x-flac': 'audio/flac',
  'application/x-pdf': 'application/pdf',
  'text/x-markdown': 'text/markdown',
  'text/xml': 'application/xml',
  'text/yaml': 'application/yaml',
  'application/x-yaml': 'application/yaml',
  'application/javascript': 'text/javascript',
};

const MIME_TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;
/** Says nothing about a file. */
const UNKNOWN: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream']);
const TYPES = new Map(
  Object.entries(EXTENSIONS).flatMap(([type, extensions]) =>
    extensions.map((extension) => [extension, type] as const),
  ),
);

/** @returns the type by its usual name, without parameters; undefined for what is none, or says nothing */
export function canonicalMimeType(text: string | undefined): string | undefined {
  const type = (text ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!MIME_TYPE.test(type) || UNKNOWN.has(type)) return undefined;
  return ALIASES[type] ?? type;
}

/** By the extension of a name or path. */
export function mimeTypeOfName(name: string | undefined): string | undefined {
  return TYPES.get(extensionOf(name ?? ''));
}

/** The name with the extension that its type wants, added where there is another or none. */
export function nameForType(name: string, mime: string): string {
  const wanted = EXTENSIONS[mime];
  if (wanted === undefined) return extensionOf(name) === '' ? `${name}.${subtypeOf(mime)}` : name;
  return wanted.includes(extensionOf(name)) ? name : `${name}.${wanted[0]}`;
}

function extensionOf(name: string): string {
  return /\.([a-z0-9]{1,12})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** `application/vnd.oasis.opendocument.text` has no better one. */
function subtypeOf(mime: string): string {
  return /([a-z0-9]+)$/.exec(mime)?.[1] ?? 'bin';
}
