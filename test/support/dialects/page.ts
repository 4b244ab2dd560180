import { createRequire } from 'node:module';
import type * as ReactModule from 'react';
import type * as ReactDomModule from 'react-dom/client';

// Pages are loaded as CommonJS; all of them must see the same React.
const require = createRequire(import.meta.url);
const load = <T>(name: string): T => require(name) as T;

/** An empty page with React in it. */
export function openPage() {
  const React = load<typeof ReactModule>('react');
  const { createRoot } = load<typeof ReactDomModule>('react-dom/client');
  const { document } = globalThis as unknown as { document: PageDocument };
  const container = document.createElement('div');
  document.body.appendChild(container);
  const root = createRoot(container);
  return {
    React,
    find: (selector: string) => container.querySelector(selector),
    show: (component: () => ReactModule.ReactNode): void => {
      root.render(React.createElement(component));
    },
    close: (): void => {
      root.unmount();
      container.remove();
    },
  };
}

export { until } from '../until.js';

interface PageElement {
  readonly textContent: string;
  querySelector(selector: string): PageElement | null;
  appendChild(child: PageElement): void;
  remove(): void;
}
interface PageDocument {
  readonly body: PageElement;
  createElement(name: string): PageElement;
}
