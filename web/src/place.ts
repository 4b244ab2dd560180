/** Where the page is served, with a slash at its end: what an identity provider sends people back to. */
export const BASE_ADDRESS = new URL('.', document.baseURI).href;

/** Its path, without the slash: '' at the root of its host. */
export const PREFIX = new URL(BASE_ADDRESS).pathname.replace(/\/$/, '');
