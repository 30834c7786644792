import type { TokenStore } from '../tokens/token-store.ts';
import type { Facts } from './facts.ts';
import type { Target } from './settings.ts';

/**
 * Drops everything known of a server and profile; `logout` drops its grants, and answers whether there was one.
 * A registration with an issuer goes too, unless a grant of another server rests on it.
 */
export async function forget(
  { store, facts }: { store: TokenStore; facts: Facts },
  target: Target,
  logout: () => Promise<boolean>,
): Promise<boolean> {
  // Also where no sign-in ever came to an end: the registration itself may be what is wrong.
  const issuers = new Set([
    ...(await store.findGrants(target)).map(({ key }) => key.issuer),
    ...(await facts.issuers(target)),
  ]);
  const signedOut = await logout();
  const others = new Set((await store.grants()).map(({ key }) => key.issuer));
  for (const issuer of issuers) {
    if (others.has(issuer)) continue;
    for (const registration of await store.registrations(issuer))
      await store.deleteRegistration(registration);
  }
  await facts.forget(target);
  return signedOut;
}
