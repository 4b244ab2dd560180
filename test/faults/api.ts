/** Another answer than was allowed for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    asked: string,
    text: string,
  ) {
    super(`${asked}: ${status} ${text}`);
  }
}

/** JSON over HTTP as an admin, a user or nobody. */
export class Api {
  constructor(readonly url: string) {}

  /** @returns the answer's body @throws ApiError unless its status is one of these */
  async call<T>(
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    allowed: readonly number[] = [200, 201],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!allowed.includes(response.status)) throw new ApiError(response.status, `${method} ${path}`, text);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  get<T>(path: string, token: string): Promise<T> {
    return this.call<T>('GET', path, token);
  }
}

/** Runs `work` for all items, a few at a time. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  width = 8,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
