import type { ServerStatus } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import type { Grant } from '../oauth/grant.ts';
import { isRenewable } from '../tokens/fresh.ts';
import type { Account } from './account.ts';
import type { Target } from './settings.ts';

/** How it stands with a server and profile. `grants`: or what keeps them from being read just now. */
export function statusOf(
  target: Target,
  grants: readonly Grant[] | Fault,
  accounts: readonly Account[],
  hosts: readonly (string | undefined)[],
): ServerStatus {
  const [grant] = grants instanceof Fault ? [] : grants;
  const held = grant ? 'signed-in' : grants instanceof Fault ? 'unknown' : 'signed-out';
  // What needs nobody is no sign-in that waits for somebody.
  const waiting = accounts.flatMap(({ pending }) =>
    pending?.isAwaited && !pending.unattended ? [pending] : [],
  );
  const pending = waiting.find(each => each.link ?? each.confirmation) ?? waiting[0];
  const trouble = accounts.find(each => each.trouble)?.trouble;
  const unusable = accounts.find(each => each.unusable)?.unusable;
  const renewal = accounts.find(each => each.renewal)?.renewal;
  return {
    ...target,
    state: pending ? 'sign-in-pending' : held,
    ...(pending?.link ? { signInUrl: pending.link.url.href } : {}),
    ...(pending?.confirmation ? { unconfirmed: pending.confirmation.needed().sentence } : {}),
    ...(pending?.link?.userCode ? { userCode: pending.link.userCode } : {}),
    ...(grant
      ? {
          issuer: grant.key.issuer,
          scope: grant.scope,
          ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
          renewable: isRenewable(grant),
        }
      : {}),
    hosts: hosts.map(name => name ?? 'connecting'),
    ...(pending?.stepUp ? { stepUp: pending.stepUp } : {}),
    ...(unusable ? { unusable: unusable.sentence } : {}),
    ...(trouble ? { failure: trouble.message } : {}),
    ...(renewal ? { renewal } : {}),
  };
}

/** What keeps the grants from being read just now. Throws whatever is no matter of the vault. */
export function closedVault(error: unknown): Fault {
  const fault = Fault.of(error);
  if (fault.code === 'vault.locked' || fault.code === 'vault.unavailable') return fault;
  throw fault;
}
