import type { KnownServer } from '../../../src/api/window.ts';

/** How it stands with a server, in a word. */
export type Standing =
  | 'signed-in'
  /** A host uses it, and it wants no sign-in. */
  | 'connected'
  | 'waiting'
  /** As `waiting`, while what was granted before goes on. */
  | 'more-scopes'
  | 'failing'
  /** Signed in or not: it was tried, and did not serve. */
  | 'unusable'
  | 'renewing'
  | 'sign-in-needed'
  | 'not-signed-in'
  | 'secrets-missing'
  | 'unknown';

export function standingOf(server: KnownServer, now: number): Standing {
  const { state, stepUp, failure, unusable, renewal, expiresAt, renewable, hosts, settings } = server;
  if (settings.secretsMissing) return 'secrets-missing';
  if (state === 'sign-in-pending') return stepUp ? 'more-scopes' : 'waiting';
  if (state === 'unknown') return 'unknown';
  if (state === 'signed-in') {
    if (renewal) return renewal.nextAt === undefined ? 'sign-in-needed' : 'renewing';
    if (expiresAt !== undefined && expiresAt <= now && !renewable) return 'sign-in-needed';
    return unusable === undefined ? 'signed-in' : 'unusable';
  }
  if (failure !== undefined) return 'failing';
  if (unusable !== undefined) return 'unusable';
  return hosts.length > 0 ? 'connected' : 'not-signed-in';
}

const TONES = {
  'signed-in': 'good',
  connected: 'good',
  waiting: 'fragile',
  'more-scopes': 'fragile',
  failing: 'broken',
  unusable: 'broken',
  renewing: 'fragile',
  'sign-in-needed': 'fragile',
  'not-signed-in': 'plain',
  'secrets-missing': 'fragile',
  unknown: 'plain',
} as const satisfies Record<Standing, string>;

/** Why it stands so, in the words of whoever found out. */
export function whyOf(server: KnownServer, now: number): string | undefined {
  const standing = standingOf(server, now);
  if (standing === 'unusable') return server.unusable;
  return standing === 'failing' ? server.failure : server.renewal?.why;
}

/** The same as a colour. */
export function toneOf(standing: Standing): (typeof TONES)[Standing] {
  return TONES[standing];
}

/** What a server is called where there is little room. */
export function nameOf({ name, server, profile }: Pick<KnownServer, 'name' | 'server' | 'profile'>): string {
  const shown = name ?? hostOf(server);
  return profile === 'default' ? shown : `${shown} · ${profile}`;
}

export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

/** Whether every word of a text stands somewhere in what is shown of a server. */
export function isFound({ name, server, profile, issuer, hosts }: KnownServer, text: string): boolean {
  const shown = [name, server, profile, issuer, ...hosts].join('\n').toLocaleLowerCase();
  return text
    .toLocaleLowerCase()
    .split(/\s+/)
    .every(word => shown.includes(word));
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** A moment as people say it, such as `in 5 minutes`, in the largest unit that fits twice, else the next. */
export function relative(at: number, now: number, language: string): string {
  const distance = at - now;
  const [unit, length] = UNITS.find(([, each]) => Math.abs(distance) >= 2 * each) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(language).format(Math.round(distance / length), unit);
}
