import { Window } from 'happy-dom';

/** What libraries made for a browser look for; `fetch` and streams stay Node's own. */
const NAMES = ['window', 'document', 'navigator', 'HTMLElement', 'HTMLIFrameElement', 'Node'] as const;

/** Lets code made for a browser run in this test file. @returns takes everything away again */
export function openBrowser(): () => Promise<void> {
  const window = new Window({ url: 'http://localhost/' });
  const globals = globalThis as Record<string, unknown>;
  const page = window as unknown as Record<string, unknown>;
  for (const name of NAMES) globals[name] = name === 'window' ? window : page[name];
  // The embeds' reader takes its timers from the window, and Node's are the ones that fire.
  Object.assign(window, { setTimeout, clearTimeout, fetch });
  return async () => {
    await window.happyDOM.close();
    for (const name of NAMES) delete globals[name];
  };
}
