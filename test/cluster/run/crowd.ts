import { openEventStream, type EventStream } from '../../support/event-stream.js';
import { Gate } from '../../support/upstream/gate.js';
import type { ClusterWorld } from './cluster-world.js';

const FLOW = 'crowded';
/** Of the chatflow that may run at once, wherever they are asked. */
export const PLACES = 4;
const ASKED_AT_EACH = 2 * PLACES;

/**
 * Asks a chatflow that runs few turns at once more than that at each instance. @returns how many ran at once; the others were refused
 */
export async function crowd(world: ClusterWorld): Promise<number> {
  const gate = new Gate();
  world.upstream.defineFlow(FLOW, { kind: 'agentflow2', answer: () => ['Here.'], gate });
  await world.api.call('PUT', `/chatflows/${FLOW}`, world.people.adminToken, {
    name: FLOW,
    provider: 'flowise',
    upstream: { flowId: FLOW },
    price: { credits: 1 },
    access: { public: true },
    concurrency: { turns: PLACES, queue: 0 },
  });
  const asked = world.instances.flatMap(({ url }) =>
    Array.from({ length: ASKED_AT_EACH }, (_, index) => {
      const user = world.people.users[index % world.people.users.length];
      return openEventStream(`${url}/predict/stream/store`, {
        token: user?.token ?? '',
        body: { chatflow_id: FLOW, question: 'Go on.' },
      });
    }),
  );
  const answers = await Promise.all(asked);
  const ran = answers.filter(({ status }) => status === 200);
  gate.open();
  await Promise.all(answers.map((answer: EventStream) => answer.text()));
  return ran.length;
}
