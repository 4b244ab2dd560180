import ipaddr from 'ipaddr.js';

/** What one customer of a provider gets at least: of its addresses anybody there can take any. */
const V6_PREFIX_BITS = 64;

/**
 * Whose attempts are counted together: an IPv4 address, or the /64 of an IPv6 address.
 * @param address as `request.ip` gives it, behind proxies by TRUST_PROXY_HOPS; anything else is a block of its own
 */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  // `::ffff:192.0.2.1` is how a socket for both kinds writes an IPv4 address.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const [a = 0, b = 0, c = 0, d = 0] = (parsed as ipaddr.IPv6).parts;
  return `${[a, b, c, d].map((part) => part.toString(16)).join(':')}::/${V6_PREFIX_BITS}`;
}
