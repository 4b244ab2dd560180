import { HttpAgent } from '@ag-ui/client';
import { seen, type ClientSetup, type DialectClient } from './dialect-client.js';

export const newAgent = ({ url, token, chatflowId }: ClientSetup, threadId?: string): HttpAgent =>
  new HttpAgent({
    url: `${url}/agui/${chatflowId}`,
    headers: { Authorization: `Bearer ${token}` },
    ...(threadId === undefined ? {} : { threadId }),
  });

export const agUiAgent: DialectClient = {
  name: '@ag-ui/client 1, HttpAgent',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const agent = newAgent(setup);
      agent.addMessage({ id: 'question', role: 'user', content: question });
      let failure: string | undefined;
      await agent.runAgent(
        {},
        {
          onTextMessageContentEvent: ({ event }) => {
            say(event.delta);
          },
          onRunErrorEvent: ({ event }) => {
            failure = event.message;
          },
        },
      );
      if (failure !== undefined) throw new Error(failure);
    }, onText),
};
