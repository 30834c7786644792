import { useState } from 'react';
import { Input, Label, Text, TextField } from 'react-aria-components';
import type { FlowEvent } from '../../../../src/api/window.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';

interface Props {
  link: Extract<FlowEvent, { kind: 'link' }>;
  /** Whose link it is, where that is not the sign-in that runs here: it is known from elsewhere. */
  whose?: string;
}

/** Where to sign in, for whoever has the browser elsewhere; and the code where one is to be entered. */
export function LinkPanel({ link, whose }: Props) {
  const { signIn: texts } = useTexts();
  const { url, opened, userCode } = link;
  const isWeb = /^https?:/.test(url);
  return (
    <section className="panel link">
      <div className="content stack">
        {whose === undefined ? null : <p>{whose}</p>}
        {userCode === undefined ? (
          whose === undefined ? (
            <p>{opened ? texts.linkOpened : texts.linkByHand}</p>
          ) : null
        ) : (
          <>
            <h2>{texts.userCode}</h2>
            <p className="user-code url">{userCode}</p>
            <p className="soft">{texts.userCodeText}</p>
          </>
        )}
        {opened ? null : <p className="url address">{url}</p>}
        <div className="row">
          {userCode === undefined ? null : <CopyButton text={userCode} label={texts.copyCode} />}
          <CopyButton text={url} label={texts.copyLink} />
          {isWeb ? (
            <a href={url} target="_blank" rel="noreferrer">
              {opened ? texts.openAgain : texts.openLink}
            </a>
          ) : null}
        </div>
        {userCode === undefined ? (
          <details open={!opened && whose === undefined}>
            <summary>{texts.linkElsewhere}</summary>
            <Paste />
          </details>
        ) : null}
      </div>
    </section>
  );
}

/** Takes the address a browser on another machine ended at. */
function Paste() {
  const { api } = useSurroundings();
  const { signIn: texts } = useTexts();
  const [text, setText] = useState('');
  const [thrown, setThrown] = useState<unknown>();
  const deliver = async () => {
    setThrown(undefined);
    await api.deliver(text).catch(setThrown);
  };
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault();
        void deliver();
      }}
    >
      <TextField className="field" value={text} onChange={setText}>
        <Label>{texts.pasteLabel}</Label>
        <Input className="input mono" dir="ltr" autoComplete="off" spellCheck={false} />
        <Text slot="description" className="hint">
          {texts.pasteHint}
        </Text>
      </TextField>
      {thrown === undefined ? null : <FaultBox thrown={thrown} />}
      <div className="row">
        <Button type="submit" isDisabled={text.trim() === ''}>
          {texts.paste}
        </Button>
      </div>
    </form>
  );
}
