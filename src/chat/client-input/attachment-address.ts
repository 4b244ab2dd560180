/** In place of a file's data in a request: the id of one that was sent before. */
const ATTACHMENT_URL = /^attachment:(.{1,128})$/i;

/** @returns undefined for what is no address of an attachment */
export function attachmentIdIn(url: string): string | undefined {
  return ATTACHMENT_URL.exec(url)?.[1];
}

export function attachmentAddress(id: string): string {
  return `attachment:${id}`;
}
