import type { Session } from '@tollgate/client';
import type { Texts } from '../i18n/en.js';
import { tollgate } from '../tollgate.js';

/** Hands a conversation over as a file. @throws TollgateError */
export async function exportSession(
  session: Session,
  format: 'markdown' | 'json',
  texts: Texts,
): Promise<void> {
  const name = session.topic.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || session.id;
  if (format === 'json') {
    save(await tollgate.sessions.export(session.id), `${name}.json`);
    return;
  }
  const parts = [`# ${session.topic}`];
  for await (const { role, content } of tollgate.sessions.allMessages(session.id))
    parts.push(`## ${role === 'user' ? texts.you : texts.assistant}`, content.trim());
  save(new Blob([`${parts.join('\n\n')}\n`], { type: 'text/markdown;charset=utf-8' }), `${name}.md`);
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it by the next turn of its loop at the latest.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 1000);
}
