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
  cannot: {
    cut: 'it shows its error, and leaves a rejection besides that nobody can handle: Node ends at it',
    resume: 'HttpAgent can only run anew',
  },
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const agent = newAgent(setup, asking.session);
      const { file, signal } = asking;
      signal?.addEventListener('abort', () => {
        agent.abortRun();
      });
      const picture = file && {
        type: 'image' as const,
        source: { type: 'data' as const, value: file.dataUrl.replace(/^.*,/, ''), mimeType: file.mime },
        metadata: { filename: file.name },
      };
      agent.addMessage({
        id: 'question',
        role: 'user',
        content: picture === undefined ? question : [{ type: 'text', text: question }, picture],
      });
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
    }, asking),
};
