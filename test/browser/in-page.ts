/** What functions that run in the page may use of it: this program is type-checked without a browser's types. */
export interface PageElement {
  scrollTop: number;
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

/** The page's global object, inside a function that runs there. Do not call it outside: only the type comes along. */
export interface PageGlobal {
  readonly document: { readonly activeElement: unknown };
  readonly getComputedStyle: (element: unknown) => Readonly<Record<'direction' | 'textAlign', string>>;
}
