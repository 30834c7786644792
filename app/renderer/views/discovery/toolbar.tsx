import { ChevronDown, Download, RotateCw, Square } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { ExamineRequest, ReportForm } from '../../../../src/api/window.ts';
import { Fault } from '../../../../src/base/fault.ts';
import type { Step } from '../../../../src/doctor/steps.ts';
import type { DiscoveryState } from '../../model/discovery.ts';
import type { Instead } from '../../model/instead.ts';
import { Button } from '../../parts/button.tsx';
import { download } from '../../parts/download.ts';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { ActiveDialog } from './active.tsx';
import { OverridesDialog } from './overrides.tsx';

const PARTS: readonly Step[] = ['net', 'url', 'chl', 'prm', 'asm'];
const FORMS: Readonly<Record<ReportForm, [suffix: string, type: string]>> = {
  markdown: ['md', 'text/markdown'],
  json: ['json', 'application/json'],
  sarif: ['sarif', 'application/sarif+json'],
  junit: ['xml', 'application/xml'],
  har: ['har', 'application/json'],
  text: ['txt', 'text/plain'],
};

interface Props {
  state: DiscoveryState;
  /** What is put in the place of what the servers say. */
  instead: Instead;
  onInstead: (instead: Instead) => void;
  onRun: (more: Pick<ExamineRequest, 'only' | 'active'>) => void;
  onStop: () => void;
  /** An examination can be saved and kept no more. */
  onGone: (examination: string) => void;
}

/** What can be done with an examination. */
export function Toolbar({ state, instead, onInstead, onRun, onStop, onGone }: Props) {
  const { api } = useSurroundings();
  const { discovery } = useTexts();
  const [said, setSaid] = useState('');
  const [thrown, setThrown] = useState<unknown>();
  const { current, last, gone } = state;
  const isBusy = current !== undefined && current.thrown === undefined;
  const id = last?.result?.examination;
  const isKept = id !== undefined && id !== gone;
  const attempt = (work: () => Promise<void>) => {
    setThrown(undefined);
    setSaid('');
    void work().catch(thrown => {
      if (id !== undefined && Fault.of(thrown).code === 'examination.gone') onGone(id);
      else setThrown(thrown);
    });
  };
  const keep = () =>
    attempt(async () => {
      await api.saveBaseline(id ?? '');
      setSaid(discovery.kept);
    });
  const save = (form: ReportForm) =>
    attempt(async () => saveAs(form, last?.request.url ?? '', await api.exportExamination(id ?? '', form)));
  return (
    <>
      <div className="row toolbar">
        {isBusy ? (
          <Button onPress={onStop}>
            <Square size={14} aria-hidden />
            {discovery.stop}
          </Button>
        ) : (
          <Button onPress={() => onRun({})}>
            <RotateCw size={15} aria-hidden />
            {last ? discovery.runAgain : discovery.run}
          </Button>
        )}
        <MenuTrigger>
          <Button isDisabled={isBusy}>
            {discovery.onePart}
            <ChevronDown size={14} aria-hidden />
          </Button>
          <Popover className="popover">
            <Menu className="menu" onAction={key => onRun({ only: key as Step })}>
              {PARTS.map(part => (
                <MenuItem key={part} id={part} className="menu-item">
                  {discovery.parts[part]}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
        <OverridesDialog instead={instead} onChange={onInstead} isDisabled={isBusy} />
        <ActiveDialog onRun={() => onRun({ active: true })} isDisabled={isBusy} />
        <span className="grow" />
        <Button isDisabled={isBusy || !isKept || last?.request.only !== undefined} onPress={keep}>
          {discovery.keep}
        </Button>
        <MenuTrigger>
          <Button isDisabled={isBusy || !isKept}>
            <Download size={15} aria-hidden />
            {discovery.export}
          </Button>
          <Popover className="popover">
            <Menu className="menu" onAction={key => save(key as ReportForm)}>
              {(Object.keys(FORMS) as ReportForm[]).map(form => (
                <MenuItem key={form} id={form} className="menu-item">
                  {discovery.forms[form]}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
      <p className={said === '' ? 'visually-hidden' : 'small soft'} role="status">
        {said}
      </p>
      {id !== undefined && id === gone && !isBusy ? (
        <p className="row notice" role="status">
          <span className="grow">{discovery.goneText}</span>
          <Button onPress={() => onRun({})}>{discovery.runAgain}</Button>
        </p>
      ) : null}
      {thrown === undefined ? null : <FaultBox thrown={thrown} />}
    </>
  );
}

/** Hands a report to the browser, named by the host it is about. */
function saveAs(form: ReportForm, url: string, text: string): void {
  const [suffix, type] = FORMS[form];
  const host = (URL.parse(url)?.host ?? 'report').replace(/[^\w.-]+/g, '-');
  download(new Blob([text], { type }), `keybridge-doctor-${host}.${suffix}`);
}
