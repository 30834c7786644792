import type { ExamineEvent, ExamineRequest, ReportForm } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import { notBuilt } from './not-built.ts';
import type { ServerList } from './server-list.ts';
import type { Surroundings } from './surroundings.ts';

/** The doctor's examinations for windows; the last ones are kept for reports. */
export class Examinations {
  constructor(_surroundings: Surroundings, _servers: ServerList) {}

  examine(_request: ExamineRequest): AsyncIterable<ExamineEvent> {
    const feed = new Feed<ExamineEvent>();
    feed.end(new Fault('usage.not-built', 'The window cannot do this yet.'));
    return feed;
  }

  saveBaseline(_examination: string): Promise<void> {
    return notBuilt();
  }

  export(_examination: string, _form: ReportForm): Promise<string> {
    return notBuilt();
  }
}
