import type { Target } from '../../../src/broker/settings.ts';
import { isSame, type ServerTab } from '../model/place.ts';
import { nameOf } from '../parts/server-links.tsx';
import { useSurroundings } from '../parts/surroundings.tsx';

/** One server. */
export function ServerScreen({ target }: { target: Target; tab: ServerTab }) {
  const { snapshot } = useSurroundings();
  const server = snapshot.servers.find(each => isSame(each, target));
  return <h1>{server ? nameOf(server) : target.server}</h1>;
}
