import { createHash } from 'node:crypto';

/** What of a command line the port is derived from, each as it was written. */
export interface PortSource {
  /** The server's URL, not normalized. */
  server: string;
  /** The `resource` parameter, where one is named. */
  resource?: string | undefined;
  authorizeParams?: Readonly<Record<string, string>> | undefined;
  /** `Name: value`, variables not replaced. */
  headers: readonly string[];
  clientMetadataUrl?: string | undefined;
}

/**
 * The callback port mcp-remote 0.15 takes when its command line names none. A client registered by hand for
 * it has that port in its redirect URI, so it has to be found again from the same words: the MD5 of what
 * tells its configurations apart, of which the first four digits count.
 */
export function derivedPort(source: PortSource): number {
  const params = Object.entries(source.authorizeParams ?? {}).map(
    ([name, value]) => [name.trim(), value] as const,
  );
  const headers = source.headers.flatMap(line => {
    // Other names are valid, but mcp-remote leaves them out.
    const [, name, value = ''] = /^([A-Za-z0-9_-]+):\s*((?:\S.*)?)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value] as const];
  });
  const parts = [
    source.server,
    ...(source.resource ? [source.resource] : []),
    ...sorted(params),
    ...sorted(headers),
    ...(source.clientMetadataUrl ? [source.clientMetadataUrl] : []),
  ];
  const digest = createHash('md5').update(parts.join('|')).digest('hex');
  return 3335 + (Number.parseInt(digest.slice(0, 4), 16) % 45_816);
}

/** The pairs as JSON in the order of their names; nothing where there are none. */
function sorted(pairs: readonly (readonly [string, string])[]): string[] {
  const object = Object.fromEntries(pairs);
  const names = Object.keys(object).sort();
  return names.length === 0 ? [] : [JSON.stringify(object, names)];
}
