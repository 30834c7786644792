import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { ClientRegistration, Grant, GrantKey } from '../oauth/grant.ts';

/** What the sealed file holds. Replaced whole, never changed in place. */
export interface Contents {
  readonly grants: readonly Grant[];
  readonly registrations: readonly ClientRegistration[];
}

export const EMPTY: Contents = { grants: [], registrations: [] };

const VERSION = 1;

/** The contents as they are sealed: JSON in UTF-8 with a version of its own. */
export function encode(contents: Contents): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: VERSION, ...contents }));
}

/**
 * The inverse of {@link encode}. The bytes have been authenticated, so they were ours once; only a newer
 * version can differ in shape. Throws `store.damaged`.
 */
export function decode(bytes: Uint8Array): Contents {
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(value) || value.version !== VERSION) {
    throw new Fault('store.damaged', 'The sealed file was made by a newer version of Keybridge.', {
      data: { reason: 'newer-version' },
    });
  }
  const { grants, registrations } = value as unknown as Contents;
  return { grants, registrations };
}

/** Whether two keys name the same grant: all its parts, byte for byte. */
export function sameKey(a: GrantKey, b: GrantKey): boolean {
  return (
    a.server === b.server &&
    a.resource === b.resource &&
    a.issuer === b.issuer &&
    a.clientId === b.clientId &&
    a.profile === b.profile &&
    a.settings === b.settings
  );
}
