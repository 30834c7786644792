import { withoutEnd, withoutEnds } from '../base/text.ts';
import type { Target } from '../broker/settings.ts';

/** What names a server: a person's word for it, or its address. */
export interface Nameable extends Target {
  name?: string;
}

/** Characters of a name in a host's configuration; hosts put it before the names of tools, which are 64 at most. */
const LONGEST = 40;

/**
 * What each server is called on a screen. No two are called the same: a name is given once, and where two
 * have it their addresses stand behind it. Accounts other than the usual one stand behind that.
 */
export function titlesOf(servers: readonly Nameable[]): string[] {
  const as = (title: string, { profile }: Nameable) =>
    profile === 'default' ? title : `${title} · ${profile}`;
  return apart(servers, [
    each => as(each.name ?? labelOf(each), each),
    each => as(each.name === undefined ? addressOf(each) : `${each.name} (${labelOf(each)})`, each),
    each => as(each.name === undefined ? each.server : `${each.name} (${each.server})`, each),
  ]);
}

/**
 * What each server's entry in a host's configuration is called: letters, digits and hyphens, for some hosts make
 * tool names of it. No two are called the same, in whatever case, so that none takes another's place. It
 * mostly rests on the server alone: others that come or go leave it as it is.
 */
export function entryNamesOf(servers: readonly Nameable[]): string[] {
  const named = (name: string, { profile }: Nameable) =>
    plain(profile === 'default' ? name : `${name}-${profile}`) || 'server';
  return apart(servers, [
    each => named(each.name ?? labelOf(each), each),
    each => named(`${each.name ?? ''} ${addressOf(each)}`, each),
  ]);
}

/** The first way to call them that tells each from all others; a number where there is none. */
function apart(servers: readonly Nameable[], ways: readonly ((each: Nameable) => string)[]): string[] {
  const [way, ...further] = ways;
  if (!way) return servers.map(() => '');
  let names = servers.map(way);
  for (const next of further) {
    const common = repeated(names);
    names = names.map((name, index) => {
      const server = servers[index];
      return server && common.has(name.toLowerCase()) ? next(server) : name;
    });
  }
  const taken = new Set<string>();
  const common = repeated(names);
  // Those that nobody shares keep their names, whatever comes before them in the list.
  for (const name of names) if (!common.has(name.toLowerCase())) taken.add(name.toLowerCase());
  return names.map(name => {
    if (!common.has(name.toLowerCase())) return name;
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${name}-${count}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** In lower case: hosts may not tell cases apart. */
function repeated(names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(
    names
      .map(name => name.toLowerCase())
      .filter(name => {
        const isSeen = seen.has(name);
        seen.add(name);
        return isSeen;
      }),
  );
}

/** The host and what of the path tells it from others there: without the last segment where that is only `mcp`. */
function labelOf(target: Nameable): string {
  return addressOf(target).replace(/(?<=.)\/mcp$/i, '');
}

/** Without the scheme and the query, which may hold a key. */
function addressOf({ server }: Nameable): string {
  const url = URL.parse(server);
  if (!url) return server;
  return `${url.host}${withoutEnd(decoded(url.pathname), '/')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Cut in the middle where it is too long: the beginning and the end tell most. */
function plain(text: string): string {
  const words = withoutEnds(text.replace(/[^\p{L}\p{N}]+/gu, '-'), '-');
  const letters = [...words];
  if (letters.length <= LONGEST) return words;
  const half = Math.floor((LONGEST - 1) / 2);
  return `${letters.slice(0, half).join('')}-${letters.slice(-half).join('')}`;
}
