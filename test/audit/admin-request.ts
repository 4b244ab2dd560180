/** One thing that an admin asks for, known by its word: the request's id, and whatever it leaves. */
export interface AdminRequest {
  readonly word: string;
  readonly kind:
    'adjust' | 'put' | 'delete' | 'key' | 'rotate' | 'revoke' | 'user' | 'sign-out' | 'reset' | 'sign-in';
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became of it as its admin saw it. */
export interface Deed {
  readonly request: AdminRequest;
  /** Undefined: no answer, because the server was killed. */
  readonly status: number | undefined;
  readonly code: string | undefined;
}
