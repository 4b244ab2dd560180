import type { TestServer, TestUser } from './test-server.js';

export interface BranchMessage {
  readonly id: string;
  readonly turnId: string;
  readonly role: string;
  readonly content: string;
  readonly parentId?: string;
  readonly siblings?: {
    readonly index: number;
    readonly count: number;
    readonly previousId?: string;
    readonly nextId?: string;
  };
}

interface BranchPage {
  readonly data: readonly BranchMessage[];
  readonly turns: readonly {
    readonly status: string;
    readonly question: string;
    readonly parentId?: string;
  }[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

/** How a question is asked; everything has a default. */
export interface BranchQuestion {
  readonly chatflowId?: string;
  readonly sessionId?: string | null;
  readonly parentId?: unknown;
  readonly key?: string;
}

export interface BranchAnswer {
  readonly status: number;
  readonly code?: string;
  readonly text: string;
  readonly turnId: string;
  readonly messageId: string;
  readonly [member: string]: unknown;
}

/** A user who asks in a session and looks at its branches. */
export class BranchReader {
  constructor(
    private readonly server: TestServer,
    readonly user: TestUser,
    readonly sessionId = 'main',
  ) {}

  async ask(question: string, asked: BranchQuestion = {}): Promise<BranchAnswer> {
    const { chatflowId = 'flow', sessionId = this.sessionId, parentId, key } = asked;
    const { status, body } = await this.server.request
      .post('/predict')
      .auth(this.user.token, { type: 'bearer' })
      .set(key === undefined ? {} : { 'idempotency-key': key })
      .send({ chatflow_id: chatflowId, question, sessionId, parentId });
    return { ...(body as BranchAnswer), status };
  }

  async page(query = ''): Promise<BranchPage> {
    const path = `/sessions/${this.sessionId}/messages?${query}`;
    return (await this.server.read(path, this.user.token)) as unknown as BranchPage;
  }

  /** What the messages of a branch say. */
  async said(query = ''): Promise<readonly string[]> {
    return (await this.page(query)).data.map(({ content }) => content);
  }

  async statusOf(query: string): Promise<readonly [number, unknown]> {
    const { status, body } = await this.server.request
      .get(`/sessions/${this.sessionId}/messages?${query}`)
      .auth(this.user.token, { type: 'bearer' });
    return [status, (body as { code?: string }).code];
  }
}
