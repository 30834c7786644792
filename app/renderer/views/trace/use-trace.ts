import { useEffect, useMemo, useState } from 'react';
import type { WindowApi } from '../../../../src/api/window.ts';
import { Fault } from '../../../../src/base/fault.ts';
import { TraceModel } from '../../model/trace.ts';
import { liveSource, type TraceSource } from '../../model/trace-source.ts';
import { type Pace, TraceView } from '../../model/trace-view.ts';

/** A trace to look at: live, or a file that was opened. */
export interface Viewed {
  model: TraceModel;
  view: TraceView;
  source: TraceSource;
}

/** Work in the browser's own pace. */
export const PACE: Pace = {
  now: () => performance.now(),
  rest: () => new Promise(resolve => setTimeout(resolve, 0)),
  later: (work, ms) => void setTimeout(work, ms),
};

/** The trace of Keybridge's own process, kept up as long as somebody looks. */
export function useLiveTrace(api: WindowApi): { viewed: Viewed; fault: unknown } {
  const [fault, setFault] = useState<unknown>();
  const viewed = useMemo(() => {
    const model = new TraceModel();
    return { model, view: new TraceView(model, PACE), source: liveSource(api) };
  }, [api]);
  useEffect(() => {
    const events = api.events()[Symbol.asyncIterator]();
    let isOver = false;
    const follow = async () => {
      for (let next = await events.next(); !next.done && !isOver; next = await events.next()) {
        viewed.model.fold(next.value);
        viewed.view.changed();
      }
    };
    // A broker that is gone is said by the banner, and its successor has another api.
    setFault(undefined);
    follow().catch(error => isOver || Fault.of(error).code === 'broker.lost' || setFault(error));
    return () => {
      isOver = true;
      void events.return?.();
    };
  }, [api, viewed]);
  return { viewed, fault };
}
