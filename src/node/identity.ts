import { VERSION } from './version.ts';
import { WIRE_VERSION } from './wire.ts';

/** Where a broker lives: in a process of its own, or in the desktop app. */
export type BrokerKind = 'headless' | 'desktop';

/** What two Keybridges compare to know which of them is to be the broker. */
export interface Identity {
  /** Semantic version of the package. */
  version: string;
  wire: number;
  kind: BrokerKind;
}

/** This program, and the broker it would start. */
export const OWN: Identity = { version: VERSION, wire: WIRE_VERSION, kind: 'headless' };

/**
 * Whether one takes over from the other: a newer version from an older one, and of the same version the
 * desktop app from a headless broker. Nobody takes over from a version that cannot be compared. It is an
 * order without circles, so however many meet, one is left.
 */
export function outranks(one: Identity, other: Identity): boolean {
  const versions = compareVersions(one.version, other.version);
  if (versions === undefined) return false;
  if (versions !== 0) return versions > 0;
  if (one.wire !== other.wire) return one.wire > other.wire;
  return one.kind === 'desktop' && other.kind === 'headless';
}

/** An identity as the other side told it; what is missing or odd never makes it outranked. */
export function readIdentity(told: { version?: unknown; wire?: unknown; kind?: unknown }): Identity {
  return {
    version: typeof told.version === 'string' ? told.version.slice(0, 100) : '',
    wire: typeof told.wire === 'number' ? told.wire : 0,
    kind: told.kind === 'desktop' ? 'desktop' : 'headless',
  };
}

const SEMVER = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})(?:-([\da-z-]+(?:\.[\da-z-]+)*))?(?:\+[\da-z.-]+)?$/i;

/** Negative, 0 or positive; `undefined` where one of them is no version. Semantic Versioning 2.0.0 §11. */
export function compareVersions(one: string, other: string): number | undefined {
  const [left, right] = [SEMVER.exec(one), SEMVER.exec(other)];
  if (!left || !right) return undefined;
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  return comparePreReleases(left[4], right[4]);
}

function comparePreReleases(one: string | undefined, other: string | undefined): number {
  // A pre-release is older than the release it leads to.
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  const [left, right] = [one.split('.'), other.split('.')];
  for (const [index, mine] of left.entries()) {
    const theirs = right[index];
    if (theirs === undefined) return 1;
    if (mine === theirs) continue;
    const numbers = [mine, theirs].map(each => /^\d+$/.test(each));
    if (numbers[0] && numbers[1]) return Number(mine) - Number(theirs);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return mine < theirs ? -1 : 1;
  }
  return left.length - right.length;
}
