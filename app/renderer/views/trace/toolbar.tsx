import { ArrowDownToLine, FolderOpen, Pause, Play } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { FileTrigger } from 'react-aria-components';
import { shownUrl } from '../../../../src/base/text.ts';
import { type Filter, KINDS, type Kind, RESULTS, type Result } from '../../model/trace-filter.ts';
import type { Shown } from '../../model/trace-view.ts';
import { Button } from '../../parts/button.tsx';
import { Pick } from '../../parts/pick.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { SaveMenu } from './save-menu.tsx';
import type { Viewed } from './use-trace.ts';

/** What filters a trace, stops it, saves it and opens another. */
export function Toolbar({
  viewed,
  shown,
  filter,
  hasServer,
  isLive,
  isSearching,
  follows,
  onFilter,
  onFollow,
  onOpenFile,
  onLeave,
}: {
  viewed: Viewed;
  shown: Shown;
  filter: Filter;
  hasServer: boolean;
  isLive: boolean;
  isSearching: boolean;
  follows: boolean;
  onFilter: (filter: Filter) => void;
  onFollow: () => void;
  onOpenFile: (file: File) => void;
  /** Down from the filter leads into the list. */
  onLeave: () => void;
}) {
  const { trace } = useTexts();
  const { snapshot } = useSurroundings();
  const servers = snapshot.servers.map(known => ({
    value: `${known.profile} ${shownUrl(known.server)}`,
    name: known.title,
    target: { server: shownUrl(known.server), profile: known.profile },
  }));
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    onLeave();
  };
  const change = <K extends keyof Filter>(name: K, value: Filter[K] | undefined) => {
    const { [name]: _, ...rest } = filter;
    onFilter({ text: filter.text, ...rest, ...(value === undefined ? {} : { [name]: value }) });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the field inside has the role; this only leads out of it
    <div className="row trace-tools" onKeyDown={pressed}>
      <SearchBox label={trace.filter} value={filter.text} onChange={text => onFilter({ ...filter, text })} />
      {hasServer || servers.length < 2 || !isLive ? null : (
        <Pick
          label={trace.server}
          all={trace.anyServer}
          value={filter.server && `${filter.server.profile} ${filter.server.server}`}
          options={servers}
          onChange={value => change('server', servers.find(each => each.value === value)?.target)}
        />
      )}
      <Pick
        label={trace.host}
        all={trace.anyHost}
        value={filter.host}
        options={[...viewed.model.hosts].sort().map(host => ({ value: host, name: host, isForeign: true }))}
        onChange={host => change('host', host)}
      />
      <Pick<Kind>
        label={trace.kind}
        all={trace.anyKind}
        value={filter.kind}
        options={KINDS.map(value => ({ value, name: trace.kinds[value] }))}
        onChange={kind => change('kind', kind)}
      />
      <Pick<Result>
        label={trace.result}
        all={trace.anyResult}
        value={filter.result}
        options={RESULTS.map(value => ({ value, name: trace.results[value] }))}
        onChange={result => change('result', result)}
      />
      <span className="grow" />
      <span className="soft small count" role="status">
        {isSearching ? trace.searching : trace.count(shown.entries.length, shown.total)}
      </span>
      {isLive ? (
        <>
          <Button kind="quiet" onPress={() => viewed.view.setPaused(!shown.isPaused)}>
            {shown.isPaused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
            {shown.isPaused ? trace.goOn : trace.pause}
            {shown.waiting > 0 ? <span className="soft small">{trace.waiting(shown.waiting)}</span> : null}
          </Button>
          <Button kind="quiet" icon aria-label={trace.toNewest} aria-pressed={follows} onPress={onFollow}>
            <ArrowDownToLine size={15} aria-hidden />
          </Button>
        </>
      ) : null}
      <SaveMenu viewed={viewed} shown={shown} />
      <FileTrigger
        acceptedFileTypes={['.har', '.json', '.jsonl', '.trace', 'application/json']}
        onSelect={files => {
          const [file] = files ?? [];
          if (file) onOpenFile(file);
        }}
      >
        <Button kind="quiet">
          <FolderOpen size={15} aria-hidden /> {trace.open}
        </Button>
      </FileTrigger>
    </div>
  );
}
