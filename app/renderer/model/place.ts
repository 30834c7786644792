import type { Target } from '../../../src/broker/settings.ts';

/** What the window shows: its address within itself, so that going back works. */
export type Place =
  /** `adding`: somebody adds one. */
  | { screen: 'servers'; adding?: boolean }
  | { screen: 'server'; target: Target; tab: ServerTab }
  /** A URL that is in no list. */
  | { screen: 'doctor'; url: string }
  | { screen: 'trace' }
  | { screen: 'lab' }
  | { screen: 'settings' };

export type ServerTab = 'overview' | 'discovery' | 'sign-in' | 'trace' | 'settings';

export const TABS: readonly ServerTab[] = ['overview', 'discovery', 'sign-in', 'trace', 'settings'];

/** The place as a URL's fragment. */
export function toFragment(place: Place): string {
  switch (place.screen) {
    case 'server':
      return `#/server/${encodeURIComponent(place.target.profile)}/${encodeURIComponent(place.target.server)}/${place.tab}`;
    case 'servers':
      return place.adding ? '#/servers/add' : '#/servers';
    case 'doctor':
      return `#/doctor/${encodeURIComponent(place.url)}`;
    default:
      return `#/${place.screen}`;
  }
}

/** The place a fragment names; the list of servers for one that names none. */
export function toPlace(fragment: string): Place {
  const [screen, ...rest] = fragment.replace(/^#\//, '').split('/').map(decode);
  if (screen === 'server') {
    const [profile, server, tab] = rest;
    const known = TABS.find(each => each === tab) ?? 'overview';
    if (profile && server) return { screen, target: { server, profile }, tab: known };
  }
  if (screen === 'doctor') return { screen, url: rest[0] ?? '' };
  if (screen === 'trace' || screen === 'lab' || screen === 'settings') return { screen };
  return screen === 'servers' && rest[0] === 'add' ? { screen, adding: true } : { screen: 'servers' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

/** Whether two targets are one. */
export function isSame(one: Target, other: Target): boolean {
  return one.server === other.server && one.profile === other.profile;
}
