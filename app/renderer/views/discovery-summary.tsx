import type { Target } from '../../../src/broker/settings.ts';
import { toFragment } from '../model/place.ts';
import { useTexts } from '../parts/surroundings.tsx';

/** What the doctor says of a server, in short. */
export function DiscoverySummary({ target }: { target: Target }) {
  const { servers: texts } = useTexts();
  return <a href={toFragment({ screen: 'server', target, tab: 'discovery' })}>{texts.tabs.discovery}</a>;
}
