import { type KeyboardEvent, useCallback, useRef, useState } from 'react';
import type { SpanTarget } from '../../../../src/trace/event.ts';
import { type Entry, keyOf } from '../../model/trace.ts';
import { EVERYTHING, type Filter, isEverything } from '../../model/trace-filter.ts';
import { Button } from '../../parts/button.tsx';
import { useStore, useTexts } from '../../parts/surroundings.tsx';
import { Details } from './details.tsx';
import { TraceList } from './list.tsx';
import { Splitter, useWidth } from './splitter.tsx';
import { Toolbar } from './toolbar.tsx';
import { useBodySearch } from './use-body-search.ts';
import type { Viewed } from './use-trace.ts';

/** One trace: what filters it, its list, and the details of one of its rows. */
export function TracePanel({
  viewed,
  server,
  isLive,
  onOpenFile,
}: {
  viewed: Viewed;
  /** Only what belongs to it is shown. */
  server: SpanTarget | undefined;
  isLive: boolean;
  onOpenFile: (file: File) => void;
}) {
  const { model, view, source } = viewed;
  const { trace } = useTexts();
  const shown = useStore(view.shown);
  const [asked, setAsked] = useState<Filter>(shown.filter);
  const [key, setKey] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const [follows, setFollows] = useState(isLive);
  const [width, setWidth] = useWidth();
  const around = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const pane = useRef<HTMLElement>(null);
  const filter = server ? { ...asked, server } : asked;
  const isSearching = useBodySearch(viewed, filter);
  const selected = key === undefined ? undefined : model.byKey(key);

  const select = useCallback((entry: Entry, opens: boolean) => {
    setKey(keyOf(entry.row));
    setFollows(false);
    if (opens) setOpen(true);
  }, []);
  const close = () => {
    setOpen(false);
    list.current?.focus();
  };
  const focusFilter = () => around.current?.querySelector('input')?.focus();
  const pressed = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) focusFilter();
    else if (event.key === 'Escape' && isOpen && !isTyping) close();
    else return;
    event.preventDefault();
  };
  const isFiltered = !isEverything(asked);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: shortcuts of the whole panel; each thing in it has its own role
    <div className="trace-panel" ref={around} onKeyDown={pressed}>
      <Toolbar
        viewed={viewed}
        shown={shown}
        filter={asked}
        hasServer={server !== undefined}
        isLive={isLive}
        isSearching={isSearching}
        follows={follows}
        onFilter={setAsked}
        onFollow={() => setFollows(true)}
        onOpenFile={onOpenFile}
        onLeave={() => list.current?.focus()}
      />
      <div className="trace-body" data-open={(isOpen && selected !== undefined) || undefined}>
        <TraceList
          ref={list}
          shown={shown}
          model={model}
          selected={selected}
          follows={follows && !shown.isPaused}
          onFollows={setFollows}
          onSelect={select}
          onEnter={() => (isOpen ? pane.current?.focus() : setOpen(true))}
          isOpen={isOpen}
          empty={
            <div className="empty">
              <h2>{isFiltered ? trace.noMatch : isLive ? trace.empty : trace.emptyFile}</h2>
              {isFiltered ? (
                <Button onPress={() => setAsked(EVERYTHING)}>{trace.clear}</Button>
              ) : (
                <p>{isLive ? trace.emptyText : ''}</p>
              )}
            </div>
          }
        />
        {isOpen && selected ? (
          <>
            <Splitter width={width} onWidth={setWidth} />
            <Details
              ref={pane}
              key={keyOf(selected.row)}
              width={width}
              entry={selected}
              entries={model.entries}
              bySeq={seq => model.bySeq(seq)}
              source={source}
              onGo={entry => select(entry, true)}
              onClose={close}
            />
          </>
        ) : null}
      </div>
      {model.more && isLive ? (
        <p className="soft small foot" role="status">
          {trace.loading}
        </p>
      ) : model.dropped > 0 ? (
        <p className="soft small foot">{trace.dropped(model.dropped)}</p>
      ) : null}
    </div>
  );
}
