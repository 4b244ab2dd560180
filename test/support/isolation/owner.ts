import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../../src/platform/ids.js';
import type { EventStream, StreamEvent } from '../event-stream.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../upstream/flowise-upstream.js';
import type { House, Person } from './house.js';
import type { IdKind } from './slots.js';

/** What only the owner may read. */
export const SECRETS = ['wombatgeheimnis', 'quollbutter', 'numbatpfad'];
const POLL_MS = 20;
/** What is to be found in the end. */
const ENDED_TURNS = 3;
/** What renews itself while a turn runs. */
const RENEWED = ['lease', 'watchedUntil'];

/** Somebody with one of everything: an ended turn and one that waits for them, a response, tasks, a key, a chatflow of their own. */
export class Owner {
  private constructor(
    private readonly house: House,
    readonly person: Person,
    /** Ids of theirs, by what they name. */
    readonly ids: Readonly<Record<IdKind, readonly string[]>>,
    /** Everything else that names something of theirs. */
    readonly privateIds: readonly string[],
    private readonly waiting: { readonly turnId: string; readonly events: AsyncIterator<StreamEvent> },
    private readonly flowise: FlowiseUpstream,
  ) {}

  static async settle(house: House): Promise<Owner> {
    const flowise = await startFlowiseUpstream('agent');
    flowise.runAs({ kind: 'humanInput' }, 'agent');
    const person = await house.newPerson();
    const admin = await house.newAdmin();
    for (const id of ['hidden', 'hidden-too'])
      await house.server.request
        .put(`/chatflows/${id}`)
        .set(admin.token)
        .send({
          name: `numbatpfad ${id}`,
          provider: 'flowise',
          upstream: { flowId: 'agent', baseUrl: flowise.url },
          price: { credits: 2 },
          access: { users: [person.userId] },
          inputWaitSeconds: 3600,
        })
        .expect(201);
    const post = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
      (await house.server.request.post(path).set(person.token).set(headers).send(body).expect(200))
        .body as Record<string, unknown>;
    const key = `a key of the owner ${newId()}`;
    const sessionId = `a session of the owner ${newId()}`;
    const ask = (question: string) => ({ chatflow_id: 'assistant', question, sessionId });
    await post('/predict', ask('wombatgeheimnis'), { 'idempotency-key': key });
    const asked = await post('/predict', ask('Add a task to buy quollbutter'));
    const response = await post('/v1/responses', { model: 'assistant', input: 'wombatgeheimnis' });
    const { data } = await house.server.request
      .get(`/sessions/${encodeURIComponent(sessionId)}/messages`)
      .set(person.token)
      .expect(200)
      .then(({ body }) => body as { data: { id: string }[] });
    const items = (response.output as { id: string }[]).map(({ id }) => id);
    const busy = `a busy session of the owner ${newId()}`;
    const stream = await house.server.stream('/predict/stream/store', {
      method: 'POST',
      headers: person.token,
      body: { chatflow_id: 'hidden', question: 'wombatgeheimnis', sessionId: busy },
    });
    const turnId = String(stream.headers['x-turn-id']);
    const events = await readToAction(stream);
    const attachment = await house.server.request
      .post('/attachments')
      .set(person.token)
      .set('content-type', 'text/plain')
      .send('wombatgeheimnis')
      .expect(201);
    const attachmentId = String(attachment.body.id);
    const apiKey = await house.newKey(person);
    const messages = data.map(({ id }) => id);
    return new Owner(
      house,
      person,
      {
        session: [sessionId, busy],
        turn: [String(asked.turnId), turnId],
        message: [...messages.slice(-2), ...items],
        attachment: [attachmentId],
        response: [String(response.id)],
        'api key': [apiKey.id],
        'sign-in': [await signInOf(house, person)],
        'idempotency key': [key],
        user: [person.userId],
        chatflow: ['hidden'],
        cursor: await cursorsOf(house, person, sessionId),
      },
      [
        person.userId,
        sessionId,
        busy,
        turnId,
        String(asked.turnId),
        apiKey.id,
        attachmentId,
        ...messages,
        ...items,
      ],
      { turnId, events },
      flowise,
    );
  }

  /** Every document of theirs, as text. */
  async documents(): Promise<string[]> {
    const connection = this.house.database;
    const { userId } = this.person;
    const user = await connection.collection<{ _id: string }>('users').findOne({ _id: userId });
    const accountId = (user as unknown as { accountId: string }).accountId;
    const theirs = { $or: [{ userId }, { accountId }, { _id: { $in: [userId, accountId] } }] };
    const names = (await connection.listCollections()).map(({ name }) => name).sort();
    const all: string[] = [];
    for (const name of names) {
      const found = await connection
        .collection(name)
        .find(theirs as object)
        .toArray();
      all.push(...found.map((document) => `${name} ${JSON.stringify(document, withoutRenewed)}`));
    }
    return all.sort();
  }

  /** Until what the waiting turn has said is stored. */
  async atRest(): Promise<void> {
    for (let before = ''; ; await delay(POLL_MS)) {
      const now = (await this.documents()).join();
      const found = now.split('search_entries ').length - 1;
      if (now.includes('turn_checkpoints') && found === ENDED_TURNS && now === before) return;
      before = now;
    }
  }

  /** Answers what the waiting turn asks, and reads it to its end. @returns its last events */
  async goOn(): Promise<unknown[]> {
    const { turnId, events } = this.waiting;
    await this.house.server.request
      .post(`/turns/${turnId}/input`)
      .set(this.person.token)
      .send({ action: 'proceed' })
      .expect(200);
    const rest: unknown[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next())
      if (next.value.json !== undefined) rest.push(next.value.json);
    return rest;
  }

  async close(): Promise<void> {
    await this.flowise.close();
  }
}

function withoutRenewed(field: string, value: unknown): unknown {
  return RENEWED.includes(field) ? undefined : value;
}

/** @returns what is left of the stream when the flow has asked */
async function readToAction(stream: EventStream): Promise<AsyncIterator<StreamEvent>> {
  const events = stream[Symbol.asyncIterator]();
  for (let next = await events.next(); ; next = await events.next()) {
    if (next.done === true) throw new Error('The flow did not ask.');
    if ((next.value.json as { event?: string } | undefined)?.event === 'action') return events;
  }
}

/** Of the lists that have a second page. */
async function cursorsOf({ server }: House, { token }: Person, sessionId: string): Promise<string[]> {
  const lists = [
    '/sessions?limit=1',
    '/accounting/transactions?limit=1',
    `/sessions/${encodeURIComponent(sessionId)}/messages?limit=1`,
  ];
  const pages = await Promise.all(lists.map((path) => server.request.get(path).set(token).expect(200)));
  return pages.map(({ body }) => String(body.next_cursor));
}

/** Of an external issuer's users none is known. */
async function signInOf(house: House, { token }: Person): Promise<string> {
  const { body } = await house.server.request.get('/auth/sign-ins').set(token);
  const [signIn] = (body as { data?: readonly { id: string }[] }).data ?? [];
  return signIn?.id ?? 'q1w2e3r4t5y6u7i8o9p0aA';
}
