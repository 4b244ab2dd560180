import { Window } from 'happy-dom';

/** What libraries made for a browser look for; `fetch` and streams stay Node's own. */
const NAMES = ['window', 'document', 'navigator', 'HTMLElement', 'HTMLIFrameElement', 'Node'] as const;

/** Lets code made for a browser run in this test file. @returns takes everything away again */
export function openBrowser(): () => Promise<void> {
  const window = new Window({ url: 'http://localhost/' });
  const globals = globalThis as Record<string, unknown>;
  const page = window as unknown as Record<string, unknown>;
  // Newer Nodes have a `navigator` of their own, which is to be there again.
  const own = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const name of NAMES) {
    const value = name === 'window' ? window : page[name];
    Object.defineProperty(globals, name, { value, configurable: true, enumerable: true, writable: true });
  }
  // The embeds' reader takes its timers from the window, and Node's are the ones that fire.
  Object.assign(window, { setTimeout, clearTimeout, fetch });
  return async () => {
    await window.happyDOM.close();
    for (const [name, descriptor] of own) {
      delete globals[name];
      if (descriptor !== undefined) Object.defineProperty(globals, name, descriptor);
    }
  };
}
