import { Download } from 'lucide-react';
import { useState } from 'react';
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components';
import type { TraceForm } from '../../../../src/trace/save.ts';
import type { Shown } from '../../model/trace-view.ts';
import { Button } from '../../parts/button.tsx';
import { download } from '../../parts/download.ts';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import type { Viewed } from './use-trace.ts';

const FORMS = ['har', 'trace', 'markdown'] as const satisfies readonly TraceForm[];
const FILES = {
  har: { ending: 'har', type: 'application/json' },
  trace: { ending: 'trace.jsonl', type: 'application/jsonl' },
  markdown: { ending: 'md', type: 'text/markdown' },
} as const;

/** Saves a trace, or what is shown of it. */
export function SaveMenu({ viewed, shown }: { viewed: Viewed; shown: Shown }) {
  const { trace } = useTexts();
  const [fault, setFault] = useState<unknown>();
  const isPart = shown.entries.length < shown.total;
  const save = async (form: TraceForm, part: boolean) => {
    try {
      setFault(undefined);
      const pieces: string[] = [];
      const seqs = part ? shown.entries.map(({ row }) => row.seq) : undefined;
      for await (const piece of viewed.source.save(form, seqs)) pieces.push(piece);
      const { ending, type } = FILES[form];
      const day = new Date().toISOString().slice(0, 16).replaceAll(':', '');
      download(new Blob(pieces, { type }), `keybridge-${day}.${ending}`);
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <>
      <MenuTrigger>
        <Button kind="quiet">
          <Download size={15} aria-hidden /> {trace.save}
        </Button>
        <Popover className="popover">
          <Menu
            className="options"
            onAction={key => {
              const [part, form] = String(key).split(' ');
              const known = FORMS.find(each => each === form);
              if (known) void save(known, part === 'shown');
            }}
          >
            {(isPart ? ['shown', 'all'] : ['all']).map(part => (
              <MenuSection key={part} id={part}>
                <Header className="soft small">
                  {part === 'shown' ? trace.saveShown(shown.entries.length) : trace.saveAll}
                </Header>
                {FORMS.map(form => (
                  <MenuItem key={form} id={`${part} ${form}`}>
                    {trace.forms[form]}
                  </MenuItem>
                ))}
              </MenuSection>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      {fault === undefined ? null : <FaultBox thrown={fault} />}
    </>
  );
}
