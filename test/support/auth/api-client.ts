export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers without declaring each shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** A thin JSON client of a running server. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** The same client with other headers on every request. */
  with(headers: Record<string, string>): ApiClient {
    return new ApiClient(this.url, headers);
  }

  bearer(token: string): ApiClient {
    return this.with({ authorization: `Bearer ${token}` });
  }

  get(path: string): Promise<ApiAnswer> {
    return this.send('GET', path);
  }
  post(path: string, body?: unknown): Promise<ApiAnswer> {
    return this.send('POST', path, body);
  }
  put(path: string, body: unknown): Promise<ApiAnswer> {
    return this.send('PUT', path, body);
  }
  patch(path: string, body: unknown): Promise<ApiAnswer> {
    return this.send('PATCH', path, body);
  }
  delete(path: string, body?: unknown): Promise<ApiAnswer> {
    return this.send('DELETE', path, body);
  }

  /** Registers a user of its own and logs in. */
  async signUp(email: string, password = 'correct horse'): Promise<SignedUp> {
    const { body: user } = await this.post('/auth/register', { email, password });
    return { ...(await this.logIn(email, password)), userId: user.userId as string };
  }

  async logIn(email: string, password = 'correct horse'): Promise<Omit<SignedUp, 'userId'>> {
    const { body } = await this.post('/auth/login', { email, password });
    const accessToken = body.access_token as string;
    return { accessToken, refreshToken: body.refresh_token as string, api: this.bearer(accessToken) };
  }

  private async send(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...json, ...this.headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }
}

export interface SignedUp {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly api: ApiClient;
}
