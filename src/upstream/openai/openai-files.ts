import type { ChatCompletionContentPart } from 'openai/resources/chat/completions';
import type { Upload } from '../chat-provider.port.js';

/** What the API has a part of its own for; other recordings are files to it. */
const AUDIO_FORMATS: Readonly<Record<string, 'wav' | 'mp3'>> = { 'audio/wav': 'wav', 'audio/mpeg': 'mp3' };

/** The content of a message that brings files along: images as such, sound as such, everything else as a file. */
export function withFiles(text: string, uploads: readonly Upload[]): string | ChatCompletionContentPart[] {
  if (uploads.length === 0) return text;
  return [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...uploads.map(toPart)];
}

function toPart({ name, data, mime }: Upload): ChatCompletionContentPart {
  if (mime.startsWith('image/')) return { type: 'image_url', image_url: { url: data } };
  const format = AUDIO_FORMATS[mime];
  if (format === undefined) return { type: 'file', file: { filename: name, file_data: data } };
  return { type: 'input_audio', input_audio: { data: data.slice(data.indexOf(',') + 1), format } };
}
