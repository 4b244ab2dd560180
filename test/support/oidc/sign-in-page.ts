import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';

const INTERACTION = /^\/interaction\/([\w-]+)$/;

/**
 * The provider's own pages: one form that asks who somebody is (`login`), and consent without a question.
 * @returns false for requests of the protocol itself
 */
export async function answerInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://provider');
  if (!INTERACTION.test(pathname)) return false;
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') {
    const grant =
      (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
      new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
    grant.addOIDCScope(typeof params.scope === 'string' ? params.scope : 'openid');
    for (const resource of [params.resource].flat())
      if (typeof resource === 'string') grant.addResourceScope(resource, '');
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
    return true;
  }
  if (request.method === 'POST') {
    const form = new URLSearchParams(await bodyOf(request));
    const result = form.has('abort')
      ? { error: 'access_denied', error_description: 'Nobody signed in.' }
      : { login: { accountId: form.get('login') ?? '' } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return true;
  }
  response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE);
  return true;
}

const PAGE = `<!doctype html><html lang="en"><title>Sign in at the provider</title><main><h1>Sign in at the provider</h1>
<form method="post"><label>Who are you? <input name="login" autofocus></label> <button>Sign in</button> <button name="abort" value="1">Cancel</button></form></main></html>`;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
