import type { FlowEvent } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import type { Target } from '../broker/settings.ts';
import { notBuilt } from './not-built.ts';
import type { ServerList } from './server-list.ts';
import type { Surroundings } from './surroundings.ts';

/** The sign-ins that windows watch or walk. */
export class Flows {
  constructor(_surroundings: Surroundings, _servers: ServerList) {}

  signIn(_target: Target, _how: 'at-once' | 'step-by-step'): AsyncIterable<FlowEvent> {
    const feed = new Feed<FlowEvent>();
    feed.end(new Fault('usage.not-built', 'The window cannot do this yet.'));
    return feed;
  }

  goOn(_flow: string): Promise<void> {
    return notBuilt();
  }
}
