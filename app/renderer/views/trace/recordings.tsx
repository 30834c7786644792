import { FileText, Radio, X } from 'lucide-react';
import { type DragEvent, useMemo, useState } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { shownUrl } from '../../../../src/base/text.ts';
import type { Target } from '../../../../src/broker/settings.ts';
import { TraceView } from '../../model/trace-view.ts';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { TracePanel } from './panel.tsx';
import { PACE, useLiveTrace, type Viewed } from './use-trace.ts';

interface Recording extends Viewed {
  id: string;
  name: string;
}

/** The live trace, and files beside it; each keeps its own filter. */
export function Recordings({ target }: { target: Target | undefined }) {
  const { api, snapshot } = useSurroundings();
  const { trace } = useTexts();
  const { viewed: live, fault } = useLiveTrace(api);
  const [recordings, setRecordings] = useState<readonly Recording[]>([]);
  const [chosen, setChosen] = useState('live');
  const [reading, setReading] = useState<string>();
  const [refused, setRefused] = useState<unknown>();
  const [isOver, setOver] = useState(false);
  const server = useMemo(
    () => (target ? { server: shownUrl(target.server), profile: target.profile } : undefined),
    [target],
  );

  const open = async (file: File) => {
    const name = file.name.slice(0, 120);
    setReading(name);
    setRefused(undefined);
    try {
      // Reading and redacting is needed by few, and not for the first screen.
      const { openRecording } = await import('../../model/recording.ts');
      const { model, source } = await openRecording(await file.text(), snapshot.broker.version, PACE);
      const id = crypto.randomUUID();
      const view = new TraceView(model, PACE);
      view.changed();
      setRecordings(before => [...before, { id, name, model, source, view }]);
      setChosen(id);
    } catch (error) {
      setRefused(error);
    } finally {
      setReading(undefined);
    }
  };
  const close = (id: string) => {
    setRecordings(before => before.filter(each => each.id !== id));
    setChosen('live');
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) void open(file);
  };

  const recording = recordings.find(({ id }) => id === chosen);
  return (
    <section
      className="trace"
      aria-label={trace.title}
      data-over={isOver || undefined}
      onDragOver={event => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      {recordings.length === 0 ? null : (
        <ToggleButtonGroup
          aria-label={trace.views}
          className="row recordings"
          selectedKeys={[chosen]}
          disallowEmptySelection
          onSelectionChange={keys => setChosen(String([...keys][0] ?? 'live'))}
        >
          <ToggleButton id="live" className="button">
            <Radio size={14} aria-hidden /> {trace.live}
          </ToggleButton>
          {recordings.map(({ id, name }) => (
            <ToggleButton key={id} id={id} className="button">
              <FileText size={14} aria-hidden /> <bdi>{name}</bdi>
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      )}
      {recording ? (
        <div className="file-banner" role="note">
          <FileText size={15} aria-hidden />
          <span>{trace.file}</span>
          <bdi className="foreign">{recording.name}</bdi>
          <span className="grow" />
          <Button
            kind="quiet"
            onPress={() => close(recording.id)}
            aria-label={trace.closeFile(recording.name)}
          >
            <X size={15} aria-hidden />
          </Button>
        </div>
      ) : null}
      {reading === undefined ? null : (
        <p className="soft" role="status">
          {trace.reading(reading)}
        </p>
      )}
      {refused === undefined ? null : <FaultBox thrown={refused} />}
      {fault === undefined || recording ? null : <FaultBox thrown={fault} />}
      <TracePanel
        key={recording?.id ?? 'live'}
        viewed={recording ?? live}
        server={recording ? undefined : server}
        isLive={!recording}
        onOpenFile={file => void open(file)}
      />
      <div className="drop-hint" aria-hidden>
        {trace.dropHere}
      </div>
    </section>
  );
}
