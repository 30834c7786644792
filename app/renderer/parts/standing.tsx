import { useEffect, useState } from 'react';
import type { KnownServer } from '../../../src/api/window.ts';
import { relative, standingOf, toneOf } from '../model/standing.ts';
import { Badge } from './badge.tsx';
import { useTexts } from './surroundings.tsx';

/** Milliseconds between two looks at the clock. */
const TICK = 1_000;

/** The time, as long as somebody looks. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** How it stands with a server. */
export function StandingBadge({ server }: { server: KnownServer }) {
  const { servers } = useTexts();
  const standing = standingOf(server, useNow());
  return <Badge tone={toneOf(standing)}>{servers.standings[standing]}</Badge>;
}

/** When a server's token ends, or is renewed. Nothing where nobody knows. */
export function Remaining({ server }: { server: KnownServer }) {
  const { servers } = useTexts();
  const now = useNow();
  const { state, expiresAt, renewable } = server;
  if (state !== 'signed-in' || expiresAt === undefined) return null;
  const when = relative(expiresAt, now, document.documentElement.lang);
  if (renewable) return <>{servers.renews(when)}</>;
  return <>{expiresAt > now ? servers.ends(when) : servers.ended(when)}</>;
}
