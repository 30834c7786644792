/** The four bytes of a dotted IPv4 address, as one number. */
function ipv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2), an embedded IPv4 tail included. */
function ipv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups: number[][] = [];
  for (const half of halves) {
    const read: number[] = [];
    const parts = half === '' ? [] : half.split(':');
    for (const [index, part] of parts.entries()) {
      const tail = part.includes('.') && half === halves.at(-1) && index === parts.length - 1;
      const embedded = tail ? ipv4(part) : undefined;
      if (embedded !== undefined) read.push(Math.floor(embedded / 65536), embedded % 65536);
      else if (/^[0-9a-f]{1,4}$/i.test(part)) read.push(Number.parseInt(part, 16));
      else return undefined;
    }
    groups.push(read);
  }
  const [head = [], tail] = groups;
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Networks that are not the public Internet: IANA's special-purpose registry, multicast and class E. */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
].map(network => {
  const [base = '', bits = ''] = network.split('/');
  const size = 2 ** (32 - Number(bits));
  return { from: ipv4(base) ?? 0, size };
});

function isPublicIpv4(value: number): boolean {
  return !NOT_PUBLIC_IPV4.some(({ from, size }) => value >= from && value < from + size);
}

function isPublicIpv6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = g * 65536 + h;
  // IPv4 in IPv6 clothes is judged as what it reaches: mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056).
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff) return isPublicIpv4(last);
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return isPublicIpv4(last);
  if (a === 0x2002) return isPublicIpv4(b * 65536 + c);
  // Only 2000::/3 has been given out; loopback, link-local, unique local and multicast lie outside it.
  if (a < 0x2000 || a > 0x3fff) return false;
  if (a === 0x2001 && (b < 0x200 || b === 0xdb8)) return false;
  return !(a === 0x3fff && b < 0x1000);
}

/** The address without brackets and zone. RFC 4007 §11. */
function bareAddress(text: string): string {
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const zone = inner.indexOf('%');
  return zone < 0 ? inner : inner.slice(0, zone);
}

/**
 * Whether an IP address lies on the public Internet: not private, shared (CGNAT), loopback, link-local,
 * unspecified, multicast, documentation or reserved. Text that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const bare = bareAddress(address);
  const four = ipv4(bare);
  if (four !== undefined) return isPublicIpv4(four);
  const six = ipv6(bare);
  return six !== undefined && isPublicIpv6(six);
}

/** Whether the text is an IP address, in brackets or not. */
export function isAddress(text: string): boolean {
  const bare = bareAddress(text);
  return ipv4(bare) !== undefined || ipv6(bare) !== undefined;
}

/** A host as it may stand in a shell's line and in a proxy's configuration, where URLs allow much more. */
const PLAIN_HOST = /^(?:[a-z\d][a-z\d._-]{0,252}|\[[\da-f:.]{2,45}\])$/;
/** The same for a path. */
const PLAIN_PATH = /^(?:\/[\w.~-]+)*\/?$/;
/** Characters of a URL that is put into text somebody pastes. */
const LONGEST_PLAIN = 2_000;

/**
 * Whether a URL may stand as it is in a shell's line or in a configuration that people paste: an http or https
 * URL of a plain host and path and nothing else. In the hosts of the URL Standard `;`, `{`, `$`, `(`, quotes and
 * backticks are allowed (§3.5, forbidden domain code points).
 */
export function isPlainUrl(url: URL): boolean {
  const { protocol, username, password, search, hash, hostname, pathname, href } = url;
  return (
    /^https?:$/.test(protocol) &&
    [username, password, search, hash].every(each => each === '') &&
    PLAIN_HOST.test(hostname) &&
    PLAIN_PATH.test(pathname) &&
    href.length <= LONGEST_PLAIN
  );
}

/** A URL from outside for a line that people paste: as it is where it {@link isPlainUrl}, else `instead`. */
export function pastable(text: string, instead: string): string {
  const url = URL.parse(text);
  const isWritten = url !== null && (url.href === text || url.href === `${text}/`);
  return isWritten && isPlainUrl(url) ? text : instead;
}
