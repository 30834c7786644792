import { isAddress, isPublicAddress } from '../base/address.ts';
import { isLoopbackHost } from '../base/text.ts';

/** Endings that public DNS does not know. RFC 6761, RFC 6762, RFC 8375, RFC 9476; Kubernetes' own. */
const INTERNAL = /\.(?:local|localdomain|internal|intranet|lan|home\.arpa|svc|cluster\.local|test|invalid)$/;

/** Whether a host means something only inside a machine, a cluster or a company: no one else reaches it. */
export function isInternalHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (isLoopbackHost(host)) return true;
  if (isAddress(host)) return !isPublicAddress(host);
  return !host.includes('.') || INTERNAL.test(host);
}
