import { AppError } from '../../platform/errors/app.error.js';

/** Where one provider's upstream is, as the settings have it. */
export interface ConfiguredUpstream {
  readonly url: string;
  readonly apiKey: string | undefined;
}

/** Where one call goes. */
export interface UpstreamAddress {
  readonly origin: string;
  /** Path in front of the provider's own paths, without a slash at its end. */
  readonly basePath: string;
  readonly apiKey: string | undefined;
}

/**
 * A chatflow's own address wins over the configured one. Our key goes to the configured origin only: whoever may
 * edit a chatflow must not be able to have the key sent to a server of their choice.
 * @throws AppError `upstream_unavailable` when there is no address, `upstream_failed` when it is not HTTP
 */
export function resolveAddress(
  baseUrl: string | undefined,
  configured: ConfiguredUpstream | undefined,
): UpstreamAddress {
  const address = baseUrl ?? configured?.url;
  if (address === undefined) {
    throw new AppError('upstream_unavailable', 'This upstream is not set up.', { kind: 'operational' });
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError('upstream_failed', "The chatflow's address is not valid.", { kind: 'operational' });
  }
  const trusted = configured !== undefined && new URL(configured.url).origin === url.origin;
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    apiKey: trusted ? configured.apiKey : undefined,
  };
}

/** The origin that a call would go to; `undefined` when there is none. Never throws. */
export function originOf(
  baseUrl: string | undefined,
  configured: ConfiguredUpstream | undefined,
): string | undefined {
  try {
    return resolveAddress(baseUrl, configured).origin;
  } catch {
    // The call itself will say what is wrong.
    return undefined;
  }
}
