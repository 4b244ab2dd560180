import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How the service mistreats one request:
 * `ok` not at all · a number: answers this status without doing anything · `stall` never answers · `drop` closes the connection without
 * doing anything · `apply-and-drop` does it, then closes · `apply-and-fail` does it, then answers 500 · `apply-twice` as a proxy that
 * repeats a request would.
 */
export type Fault = 'ok' | number | 'stall' | 'drop' | 'apply-and-drop' | 'apply-and-fail' | 'apply-twice';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface LoggedTransaction {
  readonly turnId: string;
  readonly userId: string;
  readonly amount: number;
  readonly success: boolean;
  readonly outcome: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const UNKNOWN: Answer = { status: 404, body: { error: 'not found' } };

/** An accounting service as `docs/accounting-service.md` asks for it, with real state, over real sockets. */
export class AccountingService {
  readonly credits = new Map<string, number>();
  readonly costs = new Map<string, number>();
  readonly transactions: LoggedTransaction[] = [];
  readonly requests: SeenRequest[] = [];
  /** Decides the fate of each request. */
  faultFor: (request: SeenRequest) => Fault = () => 'ok';
  /** Credentials that are turned away with 401. */
  readonly refusedCredentials = new Set<string>();

  private readonly answers = new Map<string, Answer>();
  private readonly deducted = new Map<string, { userId: string; amount: number }>();
  private readonly voided = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<AccountingService> {
    const server = createServer();
    const service = new AccountingService(server);
    server.on('request', (request, response) => void service.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v1`;
  }

  /** Credits deducted and not given back. */
  get outstanding(): number {
    return [...this.deducted.values()].reduce((sum, { amount }) => sum + amount, 0);
  }

  /** Faults in the order given, one for each request to a path that ends like this; then none. */
  misbehave(pathEnd: string, ...faults: Fault[]): void {
    const before = this.faultFor;
    this.faultFor = (request) => {
      if (request.path.endsWith(pathEnd) && faults.length > 0) return faults.shift() ?? 'ok';
      return before(request);
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await read(request);
    this.requests.push(seen);
    const fault = this.faultFor(seen);
    if (fault === 'stall') return;
    if (fault === 'drop') {
      request.socket.destroy();
      return;
    }
    if (typeof fault === 'number') {
      send(response, { status: fault, body: { error: 'as told' } });
      return;
    }
    if (fault === 'apply-twice') this.handle(seen);
    const answer = this.handle(seen);
    if (fault === 'apply-and-drop') request.socket.destroy();
    else send(response, fault === 'apply-and-fail' ? { status: 500, body: {} } : answer);
  }

  private handle(request: SeenRequest): Answer {
    const credential = request.authorization?.replace('Bearer ', '');
    if (credential === undefined || this.refusedCredentials.has(credential)) return { status: 401, body: {} };
    if (request.method === 'GET') return this.read(request.path);
    if (request.key === undefined) return { status: 400, body: { error: 'Idempotency-Key is required' } };
    const earlier = this.answers.get(request.key);
    if (earlier !== undefined) return earlier;
    const answer = this.write(request, request.key);
    // A refusal is not kept: with more credits the same request may succeed.
    if (answer.status < 300) this.answers.set(request.key, answer);
    return answer;
  }

  private read(path: string): Answer {
    const [, kind, id = ''] = /^\/api\/v1\/(users|chatflows)\/([^/]+)\/(?:credits|cost)$/.exec(path) ?? [];
    const value = (kind === 'users' ? this.credits : this.costs).get(decodeURIComponent(id));
    if (kind === undefined || value === undefined) return UNKNOWN;
    return { status: 200, body: kind === 'users' ? { credits: value } : { cost: value } };
  }

  private write({ path, body }: SeenRequest, key: string): Answer {
    const [, id, what] = /^\/api\/v1\/users\/([^/]+)\/(deductions|refunds)$/.exec(path) ?? [];
    const userId = decodeURIComponent(id ?? '');
    if (what === 'deductions') return this.deduct(userId, Number(body.amount), key);
    if (what === 'refunds') return this.refund(userId, String(body.deductionKey));
    if (path !== '/api/v1/transactions') return UNKNOWN;
    this.transactions.push(body as unknown as LoggedTransaction);
    return { status: 201, body: {} };
  }

  private deduct(userId: string, amount: number, key: string): Answer {
    const credits = this.credits.get(userId);
    if (credits === undefined) return UNKNOWN;
    if (this.voided.has(key)) return { status: 410, body: { error: 'this deduction was refunded' } };
    if (credits < amount) return { status: 402, body: { error: 'insufficient credits' } };
    this.credits.set(userId, credits - amount);
    this.deducted.set(key, { userId, amount });
    return { status: 201, body: { credits: credits - amount } };
  }

  private refund(userId: string, deductionKey: string): Answer {
    const deduction = this.deducted.get(deductionKey);
    this.deducted.delete(deductionKey);
    this.voided.add(deductionKey);
    this.answers.delete(deductionKey);
    const credits = (this.credits.get(userId) ?? 0) + (deduction?.amount ?? 0);
    if (deduction !== undefined) this.credits.set(userId, credits);
    return { status: 201, body: { refunded: deduction?.amount ?? 0 } };
  }
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const key = request.headers['idempotency-key'];
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    key: Array.isArray(key) ? key[0] : key,
    authorization: request.headers.authorization,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
