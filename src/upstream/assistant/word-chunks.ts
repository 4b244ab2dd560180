/** Cuts a text after its spaces into chunks of `words` words; joined they are the text again. */
export function wordChunks(text: string, words: number): string[] {
  const pieces = text.match(/\S*\s+|\S+$/g) ?? [];
  const chunks: string[] = [];
  for (let at = 0; at < pieces.length; at += words) chunks.push(pieces.slice(at, at + words).join(''));
  return chunks;
}
