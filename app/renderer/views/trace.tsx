import type { Target } from '../../../src/broker/settings.ts';
import { useTexts } from '../parts/surroundings.tsx';
import { Recordings } from './trace/recordings.tsx';
import '../styles/trace.css';

/** Everything that was recorded. */
export function TraceScreen() {
  const { trace } = useTexts();
  return (
    <div className="trace-screen">
      <h1>{trace.title}</h1>
      <Trace />
    </div>
  );
}

/** The trace as it happens, of one server or of all, and files that are opened beside it. */
export function Trace({ target }: { target?: Target }) {
  return <Recordings target={target} />;
}
