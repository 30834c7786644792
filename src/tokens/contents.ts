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

/** Both; where one thing stands in both, as it stands in `later`. */
export function union(earlier: Contents, later: Contents): Contents {
  return {
    grants: [...earlier.grants.filter(each => !later.grants.some(sameThing(each))), ...later.grants],
    registrations: [
      ...earlier.registrations.filter(each => !later.registrations.some(sameThing(each))),
      ...later.registrations,
    ],
  };
}

/**
 * What this process has (`ours`), which began with `base`, and what another has written meanwhile: both, what stands
 * in both as the later one has it. What was removed here is not brought back by the other; what is missing there stays,
 * for a file that was begun anew has nothing.
 */
export function merge(base: Contents, ours: Contents, theirs: Contents): Contents {
  return {
    grants: mergeAll(base.grants, ours.grants, theirs.grants, grant => grant.obtainedAt),
    registrations: mergeAll(
      base.registrations,
      ours.registrations,
      theirs.registrations,
      each => each.registeredAt,
    ),
  };
}

type Thing = Grant | ClientRegistration;

function mergeAll<T extends Thing>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
  at: (thing: T) => number,
): T[] {
  const added = theirs.filter(each => !ours.some(sameThing(each)) && !base.some(sameThing(each)));
  const kept = ours.map(each => {
    const other = theirs.find(sameThing(each));
    return other !== undefined && at(other) > at(each) ? other : each;
  });
  return [...kept, ...added];
}

/** Whether another is the same grant, or the same registration, as this one. */
function sameThing(one: Thing): (other: Thing) => boolean {
  if ('key' in one) return other => 'key' in other && sameKey(one.key, other.key);
  return other => !('key' in other) && one.issuer === other.issuer && one.clientId === other.clientId;
}
