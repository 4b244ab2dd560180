import ipaddr from 'ipaddr.js';

const MAX_ADDRESS_CHARACTERS = 2048;

/** Names that mean a machine of the network which asks: this host, its neighbours, a cloud's metadata. */
const LOCAL_NAME =
  /^[^.]*$|(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|lan|home|svc|arpa|test|invalid|onion)$/;
/** Public by its number, but the host agent of every machine in Azure. */
const HOST_AGENTS: readonly string[] = ['168.63.129.16'];
/** What is ordinary to the list of special ranges although nobody has it in the internet. */
const BENCHMARKS = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
/** All addresses of the internet; whatever else begins otherwise is translated, mapped, local or unused. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** An address that a user gives for somebody else to fetch. */
export type OutgoingAddress =
  | { readonly kind: 'address'; /** As all parsers read it alike. */ readonly href: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reads an address that an upstream will fetch. Whatever fetches it stands in the operator's network: an address in there must not be had from
 * outside. Names are not resolved, because it is not us who fetch: what a public name leads to is up to the upstream.
 * @param allowsPrivate whether it may lead into private networks
 */
export function readOutgoingAddress(text: string, allowsPrivate: boolean): OutgoingAddress {
  if (text.length > MAX_ADDRESS_CHARACTERS)
    return refused(`must not be longer than ${MAX_ADDRESS_CHARACTERS} characters`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return refused('must be an http(s) address');
  if (url.username !== '' || url.password !== '') return refused('must not hold credentials');
  // Parsers differ about these, and the one that fetches may be another.
  if (/[\s\\\p{Cc}]/u.test(text) || !isPlainHost(text, url)) return refused('must be written plainly');
  if (!allowsPrivate && isPrivate(url.hostname)) return refused('must not lead into a private network');
  return { kind: 'address', href: url.href };
}

function refused(reason: string): OutgoingAddress {
  return { kind: 'refused', reason };
}

/** A number as host has many spellings: 127.1, 0x7f000001, 017700000001, 2130706433. Only the common one is plain. */
function isPlainHost(text: string, { hostname }: URL): boolean {
  if (!ipaddr.IPv4.isValid(hostname)) return !hostOf(text).includes('%');
  return hostOf(text) === hostname;
}

function hostOf(text: string): string {
  return /^[a-z]+:\/\/([^/?#:]*)/i.exec(text)?.[1]?.toLowerCase() ?? '';
}

function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (ipaddr.IPv4.isValid(host)) return isPrivateV4(host);
  if (!ipaddr.IPv6.isValid(host)) return LOCAL_NAME.test(host);
  const address = ipaddr.IPv6.parse(host);
  // `2002::` and the like carry an IPv4 address, and are no unicast to the list.
  return !address.match(GLOBAL_V6) || address.range() !== 'unicast';
}

function isPrivateV4(host: string): boolean {
  const address = ipaddr.IPv4.parse(host);
  return address.range() !== 'unicast' || address.match(BENCHMARKS) || HOST_AGENTS.includes(host);
}
