/** What a user may put in the place of what the servers say, as reports call it. */
export type OverrideName =
  | 'resource_metadata'
  | 'issuer'
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'registration_endpoint'
  | 'client_id'
  | 'scope'
  | 'resource';

/** Those that say something only where a client is registered or somebody signs in. */
export const OF_A_CLIENT = ['registration_endpoint', 'client_id', 'scope', 'resource'] as const;

/**
 * Why a value cannot stand in the place of what the servers say: the rest of a sentence that begins with its name.
 * `undefined` where it can. RFC 6749 §3.3 and appendix A.1, RFC 8707 §2.
 */
export function flawOf(name: OverrideName, value: string): string | undefined {
  switch (name) {
    case 'client_id':
      return /^[\x20-\x7e]{1,500}$/.test(value)
        ? undefined
        : 'wants printable ASCII (RFC 6749 appendix A.1).';
    case 'scope':
      return /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
        ? undefined
        : 'wants words apart by single spaces (RFC 6749 §3.3).';
    case 'resource':
      // The empty one: none is sent.
      return value === '' || (URL.canParse(value) && !value.includes('#'))
        ? undefined
        : 'wants an absolute URI without a fragment (RFC 8707 §2).';
    default: {
      const url = URL.parse(value);
      const isUsable =
        url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !value.includes('#');
      return isUsable
        ? undefined
        : 'wants a URL that begins with https://, without credentials and fragment.';
    }
  }
}
